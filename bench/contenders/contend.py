"""The contenders' protocol for Python; `bench/support/contend.ts` says what it is."""
import json
import resource
import sys
import time


def contend(run):
    """Tells the bench that all is imported, waits to be told, and measures `run(plan)`, which gives a count."""
    plan = json.loads(sys.argv[-1])
    say({'ready': True})
    sys.stdin.readline()
    cpu, start = time.process_time(), time.perf_counter()
    count = run(plan)
    say(
        {
            'seconds': time.perf_counter() - start,
            'count': count,
            'cpuSeconds': time.process_time() - cpu,
            'rssMiB': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            'extra': {'wholeCpuSeconds': time.process_time()},
        }
    )


def say(line):
    print(json.dumps(line), flush=True)
