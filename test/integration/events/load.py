"""Writes entries while the server is killed under it: an application's own, and runs with three entries each.

A third of the entries belongs to runs, so that subjects have an order that could be broken.

SPDX-License-Identifier: PostgreSQL
"""
import threading

RUNS = 50
PORTION = 9 * RUNS
WORKFLOW = """{"StartAt": "One", "States": {
    "One": {"Type": "Task", "Resource": "portarium:action:web.do", "TimeoutSeconds": 3600, "Next": "Two"},
    "Two": {"Type": "Task", "Resource": "portarium:action:web.do", "TimeoutSeconds": 3600, "End": true}}}"""
# starts so many runs and does what there is to do, one transaction after the other
RUN = """do $$
declare
    e record;
    acks jsonb := '[]';
begin
    select * into e from portarium.register_executor('load', '{{web}}');
    commit;
    perform portarium.start_run('load', '{{}}') from generate_series(1, {runs});
    commit;
    loop
        select jsonb_agg(jsonb_build_object('run_id', j.run_id, 'token', j.token::text, 'output', true)) into acks
        from portarium.exchange(e.executor_id, e.epoch, coalesce(acks, '[]'), 100) j
        where j.kind = 'job';
        commit;
        exit when acks is null;
    end loop;
end $$"""
APPEND = "select count(portarium.append_evidence('app.note', jsonb_build_object('n', n))) from generate_series(1, {count}) n"


class Load:
    """A thread that writes until the log has so many entries, whatever happens to the server."""

    def __init__(self, suite, entries):
        self.suite, self.entries, self.refused = suite, entries, 0
        suite.sql(f"select from portarium.register_workflow('load', '{WORKFLOW}')")
        self.thread = threading.Thread(target=self.write, daemon=True)
        self.thread.start()

    def write(self):
        while self.entries > 0:
            try:
                self.suite.sql(APPEND.format(count=PORTION - 3 * RUNS))
                self.suite.sql(RUN.format(runs=RUNS))
                self.entries -= PORTION
            except RuntimeError:  # the server is down, or sealing does not keep up: the portion is written again
                self.refused += 1

    def finish(self):
        """Waits for the writer, then does what a killed session has left behind."""
        self.thread.join()
        left = "select count(*) from portarium.runs where workflow = 'load' and state <> 'SUCCEEDED'"
        self.suite.eventually("every run ends", 60, lambda: self.suite.sql(RUN.format(runs=0)) == "" and self.suite.sql(left) == "0",
                              lambda: self.suite.sql(left))
