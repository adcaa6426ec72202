"""The published contracts of a project's entities: `contracts/<topic>.json` beside franca.toml.

They are committed with the model, so that whoever reviews a change sees what it does to subscribers.
"""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from franca.config.project import Project
from franca.config.versions import FILE as MAPPINGS
from franca.contracts.contract import Contract, contract_of
from franca.contracts.differences import Difference
from franca.contracts.schema import contract_from, schema_text
from franca.contracts.verdicts import Finding, compatible, judge, judged
from franca.errors import DefinitionError, Problem, UsageError
from franca.model.places import placed
from franca.model.shape import Shape, shape_of

FOLDER = Path("contracts")


@dataclass(frozen=True, slots=True)
class EntityVersion:
    """One version of an entity: what its class declares, what was published last, what lies between.

    `declared` is None where no mapping gives it any more, `published` where it is new.
    """

    declared: Contract | None
    published: Contract | None
    findings: Sequence[Finding] = ()
    shape: Shape | None = None

    @property
    def contract(self) -> Contract:
        """The declared contract, or the published one where there is no other."""
        found = self.declared or self.published
        assert found is not None
        return found

    @property
    def is_new(self) -> bool:
        """Whether it has never been published."""
        return self.published is None

    @property
    def compatible(self) -> bool:
        """Whether no consumer breaks by what is not published yet."""
        return compatible(self.findings)

    def open(self, accepted: Collection[str] = ()) -> list[Finding]:
        """Return the findings that keep it from being published: they break somebody, and nobody accepts it.

        `accepted` holds paths as `place` gives them.
        """
        breaking = [finding for finding in self.findings if not finding.compatible]
        return [f for f in breaking if not (f.acceptable and self.place(f) in accepted)]

    def place(self, finding: Finding) -> str:
        """Return where a finding is: `individual.gender`, `individual.v2.gender`."""
        path = finding.difference.path
        return f"{self.contract.topic}.{path}" if path else self.contract.topic


def entity_versions(project: Project) -> list[EntityVersion]:
    """Return every version of an entity that is declared or published. Raises DefinitionError.

    Declared are the entities that some mapping gives: others have no topic.
    """
    published = {contract.id: contract for contract in _published(project.folder)}
    given = {mapping.entity for mapping in project.mappings()}
    shapes = [shape_of(entity) for entity in project.entities if entity in given]
    found = []
    for shape in shapes:
        declared = contract_of(shape, project.entities)
        before = published.pop(declared.id, None)
        findings = judged(before, declared) if before else []
        found.append(EntityVersion(declared, before, findings, shape))
    gone = judge(Difference("entity-removed"))
    return [*found, *(EntityVersion(None, before, [gone]) for _, before in sorted(published.items()))]


def problems(versions: Sequence[EntityVersion], accepted: Collection[str] = ()) -> list[Problem]:
    """Return a problem for each unpublished difference that breaks somebody, at its line."""
    return [_problem(version, finding) for version in versions for finding in version.open(accepted)]


def require_known(versions: Sequence[EntityVersion], places: Collection[str]) -> None:
    """Raise UsageError for a place, as `individual.gender`, that no contract has, declared or published."""
    ends = [each for version in versions for each in (version.declared, version.published) if each]
    paths: dict[str, set[str]] = {}
    for contract in ends:
        paths.setdefault(contract.topic, set()).update(contract.paths)
    known = {*paths, *(f"{topic}.{path}" for topic, own in paths.items() for path in own)}
    for place in places:
        if place not in known:
            topic = next((t for t in sorted(paths, key=len, reverse=True) if place.startswith(f"{t}.")), "")
            kind, there = ("field", paths[topic]) if topic else ("entity", set(paths))
            whose = topic or "the project"
            reason = f"no such {kind}, {whose} has: {', '.join(sorted(there)) or 'none'}"
            raise UsageError.one(place, reason, "name a difference as `franca check` shows it")


def require_published(project: Project) -> list[EntityVersion]:
    """Return the versions that are new; all others must be as published. Raises DefinitionError.

    Running with another model than the published one would leave lake, store and subscribers behind.
    """
    found = entity_versions(project)
    wrong = problems(found)
    wrong += [
        _placed(version, finding, Problem(version.place(finding), _told(finding), "run `franca migrate`"))
        for version in found
        if version.compatible
        for finding in version.findings
    ]
    if wrong:
        raise DefinitionError(wrong)
    return [version for version in found if version.is_new]


def publish(project: Project, versions: Sequence[EntityVersion]) -> list[str]:
    """Write the files of contracts that are not as declared; return their names. Raises DefinitionError."""
    written = []
    for version in versions:
        if version.declared is not None and (version.is_new or version.findings):
            _write(_path(project, version.declared), schema_text(version.declared))
            written.append(f"{FOLDER}/{version.declared.topic}.json")
    return written


def withdraw(project: Project, contract: Contract) -> None:
    """Remove a contract's file, where there is one."""
    _path(project, contract).unlink(missing_ok=True)


def _path(project: Project, contract: Contract) -> Path:
    return project.folder / FOLDER / f"{contract.topic}.json"


def _published(folder: Path) -> Iterator[Contract]:
    for path in sorted((folder / FOLDER).glob("*.json")):
        if path.name != MAPPINGS.name:
            try:
                text = path.read_bytes()
            except OSError as error:
                reason = f"can't be read: {error.strerror}"
                raise DefinitionError.one(f"{FOLDER}/{path.name}", reason, "", str(path)) from error
            yield contract_from(text, str(path))


def _problem(version: EntityVersion, finding: Finding) -> Problem:
    place = version.place(finding)
    contract = version.contract
    if version.declared is None:
        remedy = f"keep class and mapping, or end it: `franca migrate --retire {contract.id}`"
        return Problem(place, "is published, and no mapping gives it any more", remedy)
    remedy = f"take it back, or declare version={contract.version + 1} beside it"
    if finding.acceptable:
        remedy += f"; where every consumer can cope, `franca migrate --accept {place}`"
    return _placed(version, finding, Problem(place, _told(finding), remedy))


def _told(finding: Finding) -> str:
    """Return what a finding says, with what it means for those whom it breaks."""
    difference = finding.difference
    what = difference.change.replace("-", " ")
    ends = [each for each in (difference.before, difference.after) if each]
    detail = f" ({' -> '.join(ends)})" if ends else ""
    broken = [
        f"{name}: {verdict.meaning}"
        for name, verdict in finding.verdicts._asdict().items()
        if not verdict.compatible
    ]
    return f"{what}{detail}" + (f"; breaks {'; '.join(broken)}" if broken else ", not migrated yet")


def _placed(version: EntityVersion, finding: Finding, problem: Problem) -> Problem:
    """Return the problem with the line of the field, or of the class, that it is about."""
    if version.shape is None:
        return problem
    cls = version.shape.cls
    field = finding.difference.path.partition(".")[0].removesuffix("[]")
    found = placed(replace(problem, path=f"{cls.__name__}.{field}"), cls)
    return replace(found, path=problem.path)


def _write(path: Path, text: bytes) -> None:
    scratch = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(exist_ok=True)
        scratch.write_bytes(text)
        scratch.replace(path)
    except OSError as error:
        raise DefinitionError.one(
            f"{FOLDER}/{path.name}",
            f"can't be written: {error}",
            "run `franca migrate` where the project is writable, commit the file, deploy it",
            str(path),
        ) from error
