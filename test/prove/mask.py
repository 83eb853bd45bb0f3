"""What may differ between two worlds that are otherwise equal: ids, hashes, salts, tokens and times.

Each id, hash and token becomes a symbol, numbered in the order in which the world's answers first showed it, so that equality of ids
is still compared, and so that a script can name "the third id that was seen". Times become one word. Everything else, every count,
index, name, message and SQLSTATE, stays as it is.

SPDX-License-Identifier: PostgreSQL
"""
import re

RANDOM = re.compile(
    r"(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"|(?P<hash>(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f]))"
    r"|(?P<token>(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{54}(?![A-Za-z0-9_-]))"
    r"|(?P<commitment>(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-]))"
    r"|(?P<lease>(?<=\"token\": )\d+)"
    r"|(?P<time>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::\d\d)?)?)")

# what psql quotes of the statement that it sent, cut where an id may stand
EXCERPT = re.compile(r"LINE \d+: \.\.\.")

MEMBER = re.compile(r'"(\w+_id)": ("[0-9a-f-]{36}")')


class Mask:
    """database: a name that the worlds cannot share."""

    def __init__(self, database):
        self.database = database
        self.symbols = {}
        self.seen = {"id": [], "hash": [], "token": [], "commitment": [], "lease": []}

    def pool(self, name):
        return self.seen.setdefault(name, [])

    def remember(self, name, text):
        """Ids by what they are called, so that a script can ask for one of that kind."""
        pool = self.pool(name)
        for value in re.findall(RANDOM, text):
            if value[0] and value[0] not in pool:
                pool.append(value[0])

    def symbol(self, match):
        kind, text = match.lastgroup, match.group(0)
        if kind == "time":
            return "<time>"
        if text not in self.symbols:
            self.seen[kind].append(text)
            self.symbols[text] = f"<{kind} {len(self.seen[kind])}>"
        return self.symbols[text]

    def line(self, text):
        if EXCERPT.match(text):
            return "<excerpt>"
        for name, value in MEMBER.findall(text):
            self.remember(name, value)
        return RANDOM.sub(self.symbol, text.replace(self.database, "<database>"))

    def known(self, match):
        return "<time>" if match.lastgroup == "time" else self.symbols.get(match.group(0), f"<new {match.lastgroup}>")

    def rows(self, lines):
        """Rows without an order: sorted by what is known of them, then given their symbols."""
        return sorted(self.line(text) for text in sorted(lines, key=lambda text: RANDOM.sub(self.known, text)))
