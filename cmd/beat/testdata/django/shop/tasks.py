from celery import shared_task


@shared_task(queue="priority", time_limit=20, soft_time_limit=10)
def orders(greeting):
    pass
