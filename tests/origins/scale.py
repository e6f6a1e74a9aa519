"""What 100,000 origins cost a worker: `python -m tests.origins.scale URL`, over a table or a key that is full.

Prints JSON: the seconds of the load, by the clock and of this process's CPU; the megabytes that the process has more
after it, and at most during it; and the milliseconds of CPU that one more origin costs, best and middle of twenty.
"""

from __future__ import annotations

import gc
import json
import resource
import statistics
import sys
import time
from typing import Any

import psutil
from sqlalchemy import Column, MetaData, String, Table, create_engine, select

from crossorigin import Policy
from crossorigin.origins import RedisOrigins, SQLOrigins
from tests.origins import stores

SHOP = Table("shop", MetaData(), Column("domain", String))


def source(url: str) -> Any:
    if url.startswith("redis:"):
        return RedisOrigins(url, key="origins", refresh_interval=600)
    engine = create_engine(url, pool_size=1)
    notify = "shop_origins" if url.startswith("postgresql") else None
    return SQLOrigins(engine, select(SHOP.c.domain), notify=notify, refresh_interval=600)


def resident() -> float:
    gc.collect()
    return float(psutil.Process().memory_info().rss) / 1e6


def main() -> None:
    url = sys.argv[1]
    made = source(url)
    made.bind(made, [Policy(allow_origins=["https://app.example"])])
    if url.startswith("redis:"):
        import redis.asyncio  # noqa: F401
    else:
        made.engine.connect().close()
    before, clock, cpu = resident(), time.perf_counter(), time.process_time()
    made.refresh_sync()
    figures = {"seconds": time.perf_counter() - clock, "cpu": time.process_time() - cpu}
    assert made.status.error == "", made.status
    figures["origins"] = len(made.snapshot)
    figures["megabytes"] = resident() - before
    figures["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3 - before
    if made.signals is not None:
        stores.until(lambda: made.status.listening)
        made.refresh_sync()
        print(json.dumps({"ready": True}), flush=True)
        costs = []
        for line in sys.stdin:  # the origin that is added next
            cpu = time.process_time()
            stores.until(lambda line=line: made.snapshot.allows(line.strip().encode()))
            costs.append((time.process_time() - cpu) * 1000)
            print(json.dumps({"seen": True}), flush=True)
        figures |= {"one_more_best": min(costs), "one_more": statistics.median(costs)}
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
