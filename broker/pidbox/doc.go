// Package pidbox asks workers over Celery's remote control, as "celery inspect" does: which tasks they know, and which queues
// they read. The form of the messages is that of kombu/pidbox.py.
package pidbox
