"""How gunicorn serves the site: `gunicorn config.wsgi`, in this folder, behind a proxy that ends TLS."""

import os

from config.logs import configuration

bind = os.environ.get("BIND", "127.0.0.1:8000")
forwarded_allow_ips = os.environ.get("PROXIES", "127.0.0.1")  # whose word for https is taken

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8  # as many as each process has connections to the database (settings.DATABASES)
timeout, graceful_timeout, keepalive = 30, 30, 5
max_requests, max_requests_jitter = 10_000, 1_000  # what grows in a process ends with it

limit_request_line, limit_request_fields, limit_request_field_size = 4094, 64, 8190

accesslog = None  # config/logs.py writes each request, without its query
logconfig_dict = configuration(plain=False)
