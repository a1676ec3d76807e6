from celery import shared_task


@shared_task(name="proj.add")
def add(x, y):
    print(f"add({x}, {y}) = {x + y}", flush=True)
    return x + y
