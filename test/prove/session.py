"""A session of a database: a psql of its own, asked over a pipe; every answer is what psql printed, to the byte.

The server is the one of PGHOST, PGPORT, … Errors come with all their fields, SQLSTATE and constraint names included.

SPDX-License-Identifier: PostgreSQL
"""
import subprocess

END = "-- end of answer"


class Gone(Exception):
    """The backend ended before it answered."""


def literal(value):
    return "null" if value is None else "'" + str(value).replace("'", "''") + "'"


class Session:
    def __init__(self, database):
        self.psql = subprocess.Popen(
            ["psql", "-XqAt", "-v", "VERBOSITY=verbose", "-d", database],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1)

    def send(self, sql):
        try:
            self.psql.stdin.write(f"{sql};\n\\echo {END}\n")
            self.psql.stdin.flush()
        except BrokenPipeError as error:
            raise Gone from error

    def receive(self):
        """The lines of the answer to what was sent."""
        lines = []
        for line in self.psql.stdout:
            line = line.rstrip("\n")
            if line == END:
                return lines
            lines.append(line)
        raise Gone("\n".join(lines))

    def ask(self, sql):
        self.send(sql)
        return self.receive()

    def must(self, sql):
        """For what is not under test: an error ends the program."""
        lines = self.ask(sql)
        if any(line.startswith(("ERROR:", "FATAL:")) for line in lines):
            raise SystemExit(f"{sql}\n" + "\n".join(lines))
        return lines

    def close(self):
        self.psql.stdin.close()
        self.psql.wait()
        self.psql.stdout.close()
