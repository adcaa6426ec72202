"""The Java command for Kafka's programs, and an archive of their classes that halves the time of a start.

The archive is made once for each Java and version of Kafka, after a first start, in the background, and is
kept beside the jars. A Java that finds it unfit ignores it.
"""

import hashlib
import os
from pathlib import Path

from franca.local.jars import Progress, cache_folder, fetch
from franca.local.java import find_java
from franca.local.process import Program

FLAGS = (
    "-Xms64m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:+IgnoreUnrecognizedVMOptions",  # the next is Linux's
    "-XX:+UseTransparentHugePages",  # a tenth less for the same messages
    "-XX:TieredStopAtLevel=1",  # half the work of a start, and less over the first millions of messages
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:ErrorFile=../logs/java-crash-%p.log",
    "-Xlog:disable",
    "-Xlog:all=error:stderr",
    "-Djava.awt.headless=true",
    "-Djava.io.tmpdir=tmp",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.BrokerServer=info",
)
NICEST = 19
MOVE_WHEN_DONE = """
draft=$1 archive=$2; shift 2; trap : TERM
if "$@"; then
  mv "$draft" "$archive.new" && cd "${archive%/*}" && rm -f classes-*.jsa classes-*.draft
  mv "$archive.new" "$archive"
else
  rm -f "$draft"
fi
"""
"""A shell's words: the archive replaces all older ones, whole or not at all, though nobody waits for it."""


class Jvm:
    """One Java with Kafka's jars. `prepare` finds and fetches both; raises UnavailableError."""

    def __init__(self, java: Path, jars: tuple[Path, ...]) -> None:
        self.java = java
        self.class_path = os.pathsep.join(map(str, jars))
        self.cache = jars[0].parent
        release = java.resolve().parent.parent / "release"
        identity = f"{java.resolve()} {release.read_bytes() if release.exists() else b''!r} {FLAGS}"
        self.archive = self.cache / f"classes-{hashlib.sha256(identity.encode()).hexdigest()[:12]}.jsa"

    @classmethod
    def prepare(cls, spare: Path, progress: Progress) -> "Jvm":
        """Return a Java that is new enough, with all jars in the cache, or in `spare` without a cache."""
        return cls(find_java(), fetch(cache_folder(spare), progress))

    def command(self, *arguments: str, class_list: Path | None = None) -> list[str]:
        """Return the command for a class and its arguments; without an archive it writes `class_list`."""
        archive = []
        if self.archive.exists():
            archive = [f"-XX:SharedArchiveFile={self.archive}"]
        elif class_list is not None:
            archive = [f"-XX:DumpLoadedClassList={class_list}"]
        return [str(self.java), *FLAGS, *archive, "-cp", self.class_path, *arguments]

    def archive_classes(self, class_list: Path, folder: Path, log: Path) -> None:
        """Make the archive from the classes that a running broker has listed, without waiting for it."""
        if self.archive.exists() or not class_list.exists():
            return
        listed = class_list.with_suffix(".whole")
        listed.write_bytes(class_list.read_bytes().rpartition(b"\n")[0] + b"\n")
        draft = self.archive.with_suffix(f".{os.getpid()}.draft")
        dump = [f"-XX:SharedClassListFile={listed}", f"-XX:SharedArchiveFile={draft}", "-Xshare:dump"]
        java = [str(self.java), *FLAGS, *dump, archiving_mark(folder), "-cp", self.class_path]
        shell = ["/bin/sh", "-c", MOVE_WHEN_DONE, "sh", str(draft), str(self.archive), *java]
        Program(shell, folder, log, niceness=NICEST).spawn()

    def discard_archive(self) -> None:
        """Forget the archive: a broker did not start with it."""
        self.archive.unlink(missing_ok=True)


def archiving_mark(folder: Path) -> str:
    """Return the mark of an archive's making that was begun from `folder`."""
    return f"-Dfranca.archive={folder}"
