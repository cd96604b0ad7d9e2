"""What gunicorn reads when it is started in this directory."""

bind = "127.0.0.1:8000"
workers = 1
worker_class = "sync"
timeout = 20
graceful_timeout = 2
loglevel = "warning"

# Newer versions open a socket for gunicornc in the home directory, one for all
# servers of a user; older ones don't know this name and pass it by.
control_socket_disable = True
