# Varnish 7 in front of the instances: any of them can take any request, so nothing has to stick. TLS ends before; what goes on to
# the instances is plain HTTP in a network of its own. Started as
#   varnishd -f /etc/varnish/gateway.vcl -a :4000 -p http_req_hdr_len=16k
# so that heads may be as large as the gateway takes them.

vcl 4.1;

import directors;

# An instance that drains says so here for 1.5 s and more before it stops to listen: it gets nothing new, and what it has ends by
# itself. As localhost, since without callers' credentials other names are refused.
probe ready {
  .request =
    "GET /ready HTTP/1.1"
    "Host: localhost"
    "Connection: close";
  .interval = 1s;
  .timeout = 2s;
  .window = 1;
  .threshold = 1;
  .initial = 1;
}

# The first byte may take longer than the longest mutation, 10 times UPSTREAM_TIMEOUT_MS. Quiet subscriptions are not idle: the
# gateway sends something every 12 s.
backend gateway1 {
  .host = "gateway-1";
  .port = "4000";
  .probe = ready;
  .connect_timeout = 2s;
  .first_byte_timeout = 120s;
  .between_bytes_timeout = 60s;
}

backend gateway2 {
  .host = "gateway-2";
  .port = "4000";
  .probe = ready;
  .connect_timeout = 2s;
  .first_byte_timeout = 120s;
  .between_bytes_timeout = 60s;
}

backend gateway3 {
  .host = "gateway-3";
  .port = "4000";
  .probe = ready;
  .connect_timeout = 2s;
  .first_byte_timeout = 120s;
  .between_bytes_timeout = 60s;
}

sub vcl_init {
  new gateway = directors.round_robin();
  gateway.add_backend(gateway1);
  gateway.add_backend(gateway2);
  gateway.add_backend(gateway3);
}

sub vcl_recv {
  set req.backend_hint = gateway.backend();
  # For operators, never for callers.
  if (req.url ~ "^/metrics(\?|$)") {
    return (synth(404));
  }
  if (req.http.Upgrade ~ "(?i)^websocket$") {
    return (pipe);
  }
  # Nothing is kept: answers are a team's own, and x-api-key is no part of Varnish's key.
  return (pass);
}

# Without it Varnish takes both out of a handshake and sends the rest.
sub vcl_pipe {
  set bereq.http.Upgrade = req.http.Upgrade;
  set bereq.http.Connection = req.http.Connection;
}

# GETs go to the next instance when one fails, is overloaded or goes away. A POST, which may buy, is never sent again.
sub vcl_backend_response {
  if (beresp.status == 503 && bereq.method == "GET" && bereq.retries == 0) {
    return (retry);
  }
}

sub vcl_backend_error {
  if (bereq.method == "GET" && bereq.retries == 0) {
    return (retry);
  }
}
