"""Many clients at one barrier."""

import threading
from collections.abc import Callable
from typing import Any


def together(client: Callable[[int], Any], clients: int) -> list[Any]:
    """Run `client(number)` in so many threads, released at the same moment: what each returned or raised."""
    barrier = threading.Barrier(clients)
    results: list[Any] = [None] * clients

    def go(number: int) -> None:
        barrier.wait()
        try:
            results[number] = client(number)
        except Exception as error:  # noqa: BLE001 - what a client ran into is its result
            results[number] = error

    threads = [threading.Thread(target=go, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
