"""Writes texts with `${` in them in two parts for Spark, which else puts its variables there."""

from sqlglot import exp

_BEGIN = "${"


def no_variables(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Return the tree with such texts put together: Spark looks for variables before it reads a statement."""
    if dialect != "spark":
        return tree

    def apart(node: exp.Expr) -> exp.Expr:
        if not (isinstance(node, exp.Literal) and node.is_string and _BEGIN in node.name):
            return node
        first, *others = node.name.split(_BEGIN)
        parts = [f"{first}$", *(f"{{{each}$" for each in others[:-1]), f"{{{others[-1]}"]
        made: exp.Expr = exp.Literal.string(parts[0])
        for part in parts[1:]:
            made = exp.DPipe(this=made, expression=exp.Literal.string(part), safe=False)
        return exp.Paren(this=made)

    return tree.transform(apart)
