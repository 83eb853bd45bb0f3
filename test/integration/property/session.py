"""A session of the database: a psql of its own, asked over pipes; every answer is JSON.

The server is the one of PGHOST, PGPORT, … A session whose backend is gone raises Gone, whatever it was asked.

SPDX-License-Identifier: PostgreSQL
"""
import json
import subprocess

END = "-- end of answer"


class Gone(Exception):
    """The backend ended before it answered."""


class Refused(Exception):
    """The database raised an error."""


class Deadlock(Refused):
    """The statement was undone because others and it waited for each other; asked again it may be done."""


def literal(value):
    """A value as an SQL literal; anything but text as JSON."""
    text = value if isinstance(value, str) else json.dumps(value)
    return "'" + text.replace("'", "''") + "'"


class Session:
    def __init__(self):
        self.psql = subprocess.Popen(
            ["psql", "-XqAt", "-v", "VERBOSITY=terse"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1)
        self.pid = self.rows("select pg_backend_pid()")[0]

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
                refusal = next((text for text in lines if text.startswith("ERROR:")), None)
                if refusal:
                    raise (Deadlock if "deadlock detected" in refusal else Refused)(refusal)
                return lines
            if line.startswith(("FATAL:", "server closed the connection")):
                raise Gone
            lines.append(line)
        raise Gone

    def do(self, sql):
        """Runs a statement, whatever it gives."""
        self.send(sql)
        self.receive()

    def insist(self, sql):
        """Runs a statement again until no deadlock undoes it: the clock of the server locks the same rows in an order of its own."""
        while True:
            try:
                return self.do(sql)
            except Deadlock:
                continue

    def rows(self, query):
        """The rows of a query of one column, each read as JSON."""
        self.send(f"select to_json(x) from ({query}) as q (x)")
        return [json.loads(line) for line in self.receive() if line]

    def close(self):
        self.psql.kill()
        self.psql.wait()
        self.psql.stdin.close()
        self.psql.stdout.close()
