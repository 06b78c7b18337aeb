"""The queue in a file: it may be deleted whenever somebody likes."""

from modules.core.queue import huey, init_queue


def test_a_queue_whose_file_was_deleted_before_it_was_used_has_tables_again(tmp_path):
    file, before = tmp_path / "queue.db", (huey.storage, huey.serializer)
    try:
        init_queue(f"sqlite:///{file}", "a secret that only this test knows")
        file.unlink()
        huey.storage.enqueue(b"nudge")
        assert huey.storage.dequeue() == b"nudge"
    finally:
        huey.storage, huey.serializer = before
