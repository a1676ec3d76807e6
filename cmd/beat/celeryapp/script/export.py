#!/usr/bin/env python3
"""Writes the settings of a Celery app as JSON, for gobeat.

    python export.py -A proj >exported.json
    beat --config exported.json

It imports the app once, as celery beat does, and needs nothing but that app and its Celery (4.4 or newer, Python 3.8 or
newer). Written are the settings that matter to a beat, beat_schedule, task_routes, task_queues, and the options that
tasks have in code (queue, priority, expires, ...). Settings with a password are left out unless --secrets is given.
What cannot be carried over, such as a function, is named in the output and on standard error.
"""
import argparse
import datetime
import importlib
import json
import os
import sys
from urllib.parse import quote, urlencode

# Settings that gobeat reads under Celery's names. beat_schedule, task_routes and task_queues are treated on their own.
SETTINGS = (
    "beat_cron_starting_deadline",
    "beat_dburi",
    "beat_max_loop_interval",
    "beat_scheduler",
    "beat_schema",
    "broker_connection_timeout",
    "broker_failover_strategy",
    "broker_host",
    "broker_login_method",
    "broker_password",
    "broker_port",
    "broker_transport",
    "broker_transport_options",
    "broker_url",
    "broker_use_ssl",
    "broker_user",
    "broker_vhost",
    "broker_write_url",
    "control_exchange",
    "enable_utc",
    "event_exchange",
    "event_serializer",
    "redbeat_key_prefix",
    "redbeat_lock_key",
    "redbeat_redis_url",
    "security_certificate",
    "security_digest",
    "security_key",
    "task_compression",
    "task_create_missing_queue_exchange_type",
    "task_create_missing_queue_type",
    "task_create_missing_queues",
    "task_default_delivery_mode",
    "task_default_exchange",
    "task_default_exchange_type",
    "task_default_queue",
    "task_default_queue_type",
    "task_default_routing_key",
    "task_protocol",
    "task_queue_max_priority",
    "task_send_sent_event",
    "task_serializer",
    "timezone",
)

# Options that a task takes from its code, as celery.app.task.extract_exec_options lists them.
TASK_OPTIONS = (
    "queue", "routing_key", "exchange", "priority", "expires", "serializer", "delivery_mode", "compression",
    "time_limit", "soft_time_limit",
)


class Unportable(Exception):
    """A value that cannot be written as JSON without losing its meaning."""


def plain(value):
    """Return a value as JSON has it."""
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        raise Unportable("the number %r" % value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value.value if hasattr(value, "_value_") else value  # members of enumerations
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, dict):
        out = {}
        for key, item in value.items():
            if not isinstance(key, (str, int)) or isinstance(key, bool):
                raise Unportable("a map with the key %r" % (key,))
            out[str(key)] = plain(item)
        return out
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if type(value).__module__ == "django.utils.functional" or type(value).__name__ == "__proxy__":
        return str(value)  # texts that Django translates late
    raise Unportable("a value of the type %s" % type(value).__name__)


def exact(value):
    """Return the value of an argument, which must arrive as it is: Celery would send a time as a time."""
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time, datetime.timedelta)):
        raise Unportable("a value of the type %s" % type(value).__name__)
    if isinstance(value, dict):
        for item in value.values():
            exact(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            exact(item)
    return plain(value)


def zone_name(zone):
    """Return the IANA name of a time zone object or text."""
    if zone is None or isinstance(zone, str):
        return zone
    for attribute in ("key", "zone"):  # zoneinfo, pytz
        if isinstance(getattr(zone, attribute, None), str):
            return getattr(zone, attribute)
    if zone is datetime.timezone.utc:
        return "UTC"
    raise Unportable("a time zone of the type %s" % type(zone).__name__)


def has_password(value):
    """Tell whether a URL, or what is said beside one, holds a password."""
    if isinstance(value, (list, tuple)):
        return any(has_password(item) for item in value)
    if isinstance(value, dict):
        return any("password" in str(key).lower() or has_password(item) for key, item in value.items())
    if not isinstance(value, str):
        return False
    for url in value.split(";"):
        rest = url.partition("://")[2]
        if ":" in rest.rpartition("@")[0] or "password=" in rest.lower():
            return True
    return False


def urls(value):
    """Return broker URLs in the one text that gobeat reads."""
    return ";".join(value) if isinstance(value, (list, tuple)) else value


def database_url(settings):
    """Return an entry of Django's DATABASES as a URL."""
    engine, name = str(settings.get("ENGINE", "")).rpartition("backends.")[2] or "?", str(settings.get("NAME") or "")
    options = dict(settings.get("OPTIONS") or {})
    if "sqlite" in engine or "spatialite" in engine:
        if not name or ":memory:" in name or name.startswith("file:") or "?" in name:
            raise Unportable("the SQLite file %r" % name)
        return "sqlite:///" + os.path.abspath(name)
    if "postg" in engine:
        scheme, socket = "postgresql", "host"
        carried = {"sslmode", "sslrootcert", "sslcert", "sslkey", "application_name", "target_session_attrs"}
        needless = {"connect_timeout", "client_encoding", "isolation_level", "pool", "server_side_binding", "assume_role"}
    elif "mysql" in engine or "mariadb" in engine:
        scheme, socket = "mysql", "unix_socket"
        carried = {"ssl_mode", "unix_socket"}
        needless = {"charset", "init_command", "sql_mode", "isolation_level", "connect_timeout", "use_unicode", "autocommit"}
    else:
        raise Unportable("the engine %s" % settings.get("ENGINE"))
    if not name:
        raise Unportable("no NAME")
    query = {}
    for option, value in sorted(options.items()):
        if option in carried:
            query[option] = str(value)
        elif option not in needless:
            raise Unportable("the option %s" % option)
    host, port = str(settings.get("HOST") or ""), str(settings.get("PORT") or "")
    if host.startswith("/"):
        query[socket], host = host, ""
    login = quote(str(settings.get("USER") or ""), safe="")
    if settings.get("PASSWORD"):
        login += ":" + quote(str(settings["PASSWORD"]), safe="")
    url = scheme + "://" + (login + "@" if login else "") + ("[%s]" % host if ":" in host else host) + (":" + port if port else "")
    url += "/" + quote(name, safe="")
    return url + "?" + urlencode(query) if query else url


class Exporter:
    def __init__(self, app, secrets):
        self.app = app
        self.secrets = secrets
        self.out = {}
        self.omitted = []
        self.secret = []  # what --secrets has let through
        self.problems = []

    def problem(self, where, text):
        self.problems.append("%s: %s" % (where, text))

    def setting(self, name, convert=plain):
        """Write a setting that the app has given a value of its own."""
        from celery.app.defaults import DEFAULTS

        try:
            value = self.redbeat(name) if name.startswith("redbeat_") else getattr(self.app.conf, name)
        except Exception as exc:  # a setting that this Celery does not know, or one that fails to be made
            if name in DEFAULTS:
                self.problem(name, "cannot be read: %r" % (exc,))
            return
        if name == "redbeat_lock_key" and not value:
            self.out[name] = ""  # RedBeat then has no lock
            return
        if value is None or value == DEFAULTS.get(name) or value == "":
            return
        if name == "broker_write_url" and value == self.app.conf.broker_url:
            return  # Celery derives it
        if name == "broker_failover_strategy" and not isinstance(value, str):
            self.problem(name, "is Python code, which cannot run in gobeat")
            return
        if name in ("broker_url", "broker_write_url", "result_backend", "redbeat_redis_url"):
            value = urls(value)
        if name == "broker_password" or has_password(value):
            if not self.secrets:
                self.omitted.append(name)
                return
            self.secret.append(name)
        try:
            self.out[name] = convert(value)
        except Unportable as exc:
            self.problem(name, "is left out, it holds %s" % exc)

    def redbeat(self, name):
        """Return a setting of RedBeat, which also reads those in capitals."""
        conf = self.app.conf
        return getattr(conf, name.upper()) if name.upper() in conf else getattr(conf, name)

    def settings(self):
        for name in SETTINGS:
            if name == "timezone":
                continue
            self.setting(name)
        try:
            name = zone_name(self.app.conf.timezone)
        except Unportable as exc:
            self.problem("timezone", "is left out, it is %s" % exc)
        else:
            if name:
                self.out["timezone"] = name
        self.django()

    def django(self):
        """Say how Django's tables hold times, where that is not the default."""
        module = sys.modules.get("django.conf")
        if module is None or not module.settings.configured:
            return
        settings = module.settings
        if not settings.USE_TZ:
            self.out["use_tz"] = False
        if not getattr(settings, "DJANGO_CELERY_BEAT_TZ_AWARE", True):
            self.out["django_celery_beat_tz_aware"] = False
        if not settings.USE_TZ or not self.app.conf.enable_utc:
            self.out["time_zone"] = settings.TIME_ZONE

    def cleanup(self):
        """Say whether celery beat would send celery.backend_cleanup."""
        try:
            backend = self.app.backend
            wanted = bool(self.app.conf.result_expires) and not backend.supports_autoexpire
            wanted = wanted and type(backend).__name__ != "DisabledBackend"
        except Exception as exc:
            self.problem("result_backend", "cannot be made, so celery.backend_cleanup is not sent: %s" % type(exc).__name__)
            wanted = False
        self.out["backend_cleanup"] = "on" if wanted else "off"

    def database(self):
        """Write where the tables of django-celery-beat are, which Django's settings say."""
        django = sys.modules.get("django.conf")
        if django is None or not django.settings.configured:
            return
        apps = [str(app).partition(".")[0] for app in django.settings.INSTALLED_APPS]
        if "django_celery_beat" not in apps:
            return
        try:
            url = database_url(django.settings.DATABASES["default"])
        except (Unportable, KeyError) as exc:
            self.problem("django_database_url", "is left out, DATABASES has %s; give DATABASE_URL" % exc)
            return
        if has_password(url):
            if not self.secrets:
                self.omitted.append("django_database_url")
                return
            self.secret.append("django_database_url")
        self.out["django_database_url"] = url
        if not django.settings.USE_TZ and not url.startswith("postgresql"):
            self.problem("USE_TZ", "is False, and times in the tables are read as UTC nevertheless")

    # --- routes and queues

    def routes(self):
        routes = self.app.conf.task_routes
        if not routes:
            return
        routers = [routes] if isinstance(routes, (dict, str)) or callable(routes) else list(routes)
        if not isinstance(routes, dict) and all(
            isinstance(r, (list, tuple)) and len(r) == 2 and not isinstance(r[0], (list, tuple)) for r in routers
        ):
            routers = [routers]
        out = []
        for router in routers:
            pairs = list(router.items()) if isinstance(router, dict) else router
            if isinstance(pairs, str) or callable(pairs):
                self.problem("task_routes", "the router %s is Python code, which cannot run in gobeat" % describe(pairs))
                continue
            kept = []
            for pattern, route in pairs:
                if not isinstance(pattern, str):
                    self.problem("task_routes", "the pattern %s is a regular expression" % getattr(pattern, "pattern", pattern))
                    continue
                try:
                    kept.append([pattern, self.route(route)])
                except Unportable as exc:
                    self.problem("task_routes", "the route of %s is left out, it holds %s" % (pattern, exc))
            if kept:
                out.append(kept)
        if out:
            self.out["task_routes"] = out

    def route(self, route):
        if isinstance(route, str):
            return route
        if not isinstance(route, dict):
            raise Unportable("a value of the type %s" % type(route).__name__)
        return self.options(route)

    def options(self, options):
        """Return options of apply_async."""
        out = {}
        for name, value in options.items():
            if name in ("queue", "exchange") and hasattr(value, "name"):
                value = value.name  # of a kombu.Queue or Exchange
            out[name] = plain(value)
        return out

    def queues(self):
        given = self.app.conf.task_queues
        if not given:
            return
        out = []
        for queue in given.items() if isinstance(given, dict) else given:
            name = queue[0] if isinstance(queue, tuple) else getattr(queue, "name", queue)
            try:
                if isinstance(queue, tuple):
                    options = dict(queue[1] or {})
                    options.setdefault("routing_key", options.pop("binding_key", None) or name)
                    out.append(dict(plain(options), name=name))
                else:
                    out.append(self.queue(queue))
            except Unportable as exc:
                self.problem("task_queues", "%s is left out, it holds %s" % (name, exc))
        self.out["task_queues"] = out

    def queue(self, queue):
        """Return a kombu.Queue as the options it was made of."""
        if isinstance(queue, str):
            return queue
        if getattr(queue, "bindings", None):
            self.problem("task_queues", "%s has several bindings, of which messages need none" % queue.name)
        out = {"name": queue.name}
        exchange = queue.exchange
        if exchange is not None and getattr(exchange, "name", exchange):
            out["exchange"] = plain({
                "name": exchange.name, "type": exchange.type, "durable": exchange.durable,
                "auto_delete": exchange.auto_delete,
            }) if hasattr(exchange, "name") else exchange
        for name in ("routing_key", "durable", "auto_delete", "exclusive", "queue_arguments", "expires", "message_ttl",
                     "max_length", "max_length_bytes", "max_priority", "no_declare", "alias"):
            value = getattr(queue, name, None)
            if value is not None and value != "" and value != {} and (value is not False or name == "durable"):
                out[name] = plain(value)
        return out

    # --- beat_schedule

    def schedule(self):
        given = self.app.conf.beat_schedule
        if not isinstance(given, dict):
            self.problem("beat_schedule", "is not a dict")
            return
        out = {}
        for name, entry in given.items():
            try:
                out[str(name)] = self.entry(entry)
            except Unportable as exc:
                self.problem("beat_schedule", "%s is left out, it holds %s" % (name, exc))
        self.out["beat_schedule"] = out

    def entry(self, entry):
        if hasattr(entry, "schedule") and not isinstance(entry, dict):  # a ScheduleEntry
            entry = {key: getattr(entry, key, None) for key in ("task", "schedule", "args", "kwargs", "options")}
        if not isinstance(entry, dict):
            raise Unportable("a value of the type %s" % type(entry).__name__)
        out = {"task": getattr(entry.get("task"), "name", entry.get("task"))}
        for name in ("args", "kwargs"):
            if entry.get(name):
                out[name] = self.arguments(entry[name])
        if entry.get("options"):
            out["options"] = self.options(entry["options"])
        when = entry.get("schedule")
        if entry.get("relative") and not hasattr(when, "is_due"):
            out["relative"] = True
        out["schedule"] = self.when(when)
        known = {"task", "schedule", "args", "kwargs", "options", "relative", "enabled", "tenant_schemas"}
        if entry.get("tenant_schemas") is not None:
            out["tenant_schemas"] = [str(name) for name in entry["tenant_schemas"]]
        if isinstance(entry.get("enabled"), bool):
            out["enabled"] = entry["enabled"]
        for name in sorted(set(map(str, entry)) - known):
            self.problem("beat_schedule", "the key %s of an entry of %s means nothing to Celery" % (name, out["task"]))
        return out

    def arguments(self, value):
        for item in value.values() if isinstance(value, dict) else value:
            if type(item).__name__ == "BeatLazyFunc":
                raise Unportable("a BeatLazyFunc, which only Python can call")
            if callable(item) and not isinstance(item, type):
                raise Unportable("the function %s" % describe(item))
        return exact(value)

    def when(self, value):
        """Return a schedule as gobeat writes it."""
        if isinstance(value, bool) or value is None:
            raise Unportable("the schedule %r" % (value,))
        if isinstance(value, datetime.timedelta):
            return interval(value)
        if isinstance(value, (int, float)):
            return value
        names = {cls.__name__ for cls in type(value).__mro__}
        if "crontab" in names:
            return self.crontab(value, names)
        if "solar" in names:
            return {"kind": "solar", "event": value.event, "latitude": float(value.lat), "longitude": float(value.lon)}
        if "clocked" in names:
            return {"kind": "clocked", "clocked_time": value.clocked_time.isoformat()}
        if "rrule" in names:
            return recurrence(value)
        if type(value).__name__ == "schedule":
            return dict(interval(value.run_every), relative=bool(value.relative))
        raise Unportable("a schedule of the class %s" % type(value).__name__)

    def crontab(self, value, names):
        if names - {"crontab", "TzAwareCrontab", "BaseSchedule", "ABC", "Generic", "object"}:
            raise Unportable("a schedule of the class %s" % type(value).__name__)
        out = {"kind": "crontab"}
        for name in ("minute", "hour", "day_of_week", "day_of_month", "month_of_year"):
            field = getattr(value, "_orig_" + name)
            if isinstance(field, (set, frozenset, list, tuple)):
                field = ",".join(str(value) for value in sorted(field))
            out[name] = plain(field)
        if "TzAwareCrontab" in names:
            out["timezone"] = zone_name(value.tz)
        elif getattr(value, "nowfun", None):
            raise Unportable("a crontab with the function %s" % describe(value.nowfun))
        return out

    # --- options of tasks

    def tasks(self):
        out = {}
        for name, task in sorted(self.app.tasks.items()):
            options = {}
            for option in TASK_OPTIONS:
                value = getattr(task, option, None)
                if value is None or option == "serializer" and value == self.app.conf.task_serializer:
                    continue
                if option in ("queue", "exchange") and hasattr(value, "name"):
                    value = value.name
                try:
                    options[option] = plain(value)
                except Unportable as exc:
                    self.problem("task_annotations", "%s of %s is left out, it holds %s" % (option, name, exc))
            if getattr(task, "ignore_result", False):
                options["ignore_result"] = True
            if options:
                out[name] = options
        if out:
            self.out["task_annotations"] = out

    def export(self, name):
        import celery

        self.settings()
        self.setting("result_expires")
        self.cleanup()
        self.database()
        self.routes()
        self.queues()
        self.schedule()
        self.tasks()
        self.out["_export"] = {
            "app": name, "celery": celery.__version__, "python": sys.version.split()[0],
            "omitted": self.omitted, "secret": self.secret, "problems": self.problems,
        }
        return self.out


def interval(delta):
    """Return a timedelta as an interval of the largest whole unit."""
    if not isinstance(delta, datetime.timedelta):
        return {"kind": "interval", "every": delta, "period": "seconds"}
    total = (delta.days * 86400 + delta.seconds) * 1000000 + delta.microseconds
    if total % 1000000:
        return {"kind": "interval", "every": total, "period": "microseconds"}
    return {"kind": "interval", "every": total // 1000000, "period": "seconds"}


def recurrence(rule):
    """Return a schedule of redbeat.schedules.rrule in RedBeat's JSON."""
    out = {}
    for name in ("freq", "interval", "wkst", "count", "bysetpos", "bymonth", "bymonthday", "byyearday", "byeaster",
                 "byweekno", "byhour", "byminute", "bysecond"):
        value = getattr(rule, name, None)
        if value is not None:
            out[name] = plain(value)
    days = getattr(rule, "byweekday", None)
    if days is not None:
        out["byweekday"] = [weekday(day) for day in (days if isinstance(days, (list, tuple)) else [days])]
    for name in ("dtstart", "until"):
        moment = getattr(rule, name, None)
        if moment is not None:
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=datetime.timezone.utc)
            out[name] = moment.timestamp()
            out[name + "_tz"] = moment.utcoffset().total_seconds() / 60
    return {"kind": "rrule", "expression": json.dumps(out)}


def weekday(day):
    """Return a day of dateutil.rrule."""
    if isinstance(day, int):
        return day
    return {"wkday": day.weekday, "n": day.n} if getattr(day, "n", None) else day.weekday


def describe(function):
    return function if isinstance(function, str) else getattr(function, "__qualname__", type(function).__name__)


def load(name):
    """Import the app as the celery command does, with all its tasks."""
    from celery.app.utils import find_app

    try:
        app = find_app(name)
    except AttributeError:
        reveal(name.partition(":")[0] + ".celery")
        raise
    app.loader.import_default_modules()  # what a worker and celery beat import; Django is set up here
    app.finalize()
    return app


def reveal(module):
    """Fail as the import of a module does, if it is there; find_app hides that."""
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as exc:
        if not exc.name or not module.startswith(exc.name):
            raise


def main():
    parser = argparse.ArgumentParser(description="Writes the settings of a Celery app as JSON, for gobeat.")
    parser.add_argument("-A", "--app", default=os.environ.get("CELERY_APP") or os.environ.get("APP"),
                        help="the app, as for celery -A")
    parser.add_argument("--workdir", help="folder to change to first")
    parser.add_argument("--secrets", action="store_true", help="write settings that hold passwords, too")
    parser.add_argument("-o", "--output", help="file to write; by default standard output")
    args = parser.parse_args()
    if not args.app:
        parser.error("name the app with -A")
    if args.workdir:
        os.chdir(args.workdir)
    # The program celery has the working directory in its path; a script has its own folder there instead.
    sys.path.insert(0, os.getcwd())
    for name in ("SKIP_CHECKS", "CELERY_SKIP_CHECKS"):
        os.environ.setdefault(name, "true")  # the checks of Django are for its own commands

    # What modules print while they are imported must not get into the output.
    output, sys.stdout = sys.stdout, sys.stderr
    exporter = Exporter(load(args.app), args.secrets)
    text = json.dumps(exporter.export(args.app), indent=2, sort_keys=True, allow_nan=False) + "\n"
    for line in exporter.problems:
        print("warning: " + line, file=sys.stderr)
    for name in exporter.omitted:
        print("warning: %s holds a password and is left out; --secrets writes it" % name, file=sys.stderr)
    if args.output:
        with open(os.open(args.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
    else:
        output.write(text)
        output.flush()


if __name__ == "__main__":
    main()
