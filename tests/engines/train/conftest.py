import pytest


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """Tiny networks on one thread: two threads on a busy machine wait for each other."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
