# Varnish before bookgate (tried with 7.1): nothing is needed. What carries
# Authorization is never cached, and events are passed on as they come.
varnishd -a 127.0.0.1:8090 -b 127.0.0.1:8080
