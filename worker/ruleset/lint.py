from worker.errors import Problem
def warnings_of(written, shared):
    return ()
