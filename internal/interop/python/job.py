"""A sender and a receiver, as a Python program with the standard library alone
does their work. Settings come from the environment."""

import datetime
import json
import os
import sys
import time
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET
from email.utils import format_datetime, formatdate

BASE = os.environ["BASE"]


def login(user):
    form = urllib.parse.urlencode({"username": user, "password": os.environ["PASSWORD"]}).encode()
    with urllib.request.urlopen(BASE + "/v1/tickets", form) as r:
        return r.headers["Boknett-TGT"]


def ask(ticket, url, date, data=None, content_type=None):
    q = urllib.request.Request(url, data, {"Authorization": "Boknett " + ticket, "Date": date})
    if content_type:
        q.add_header("Content-Type", content_type)
    with urllib.request.urlopen(q) as r:
        return r.status, r.headers, r.read()


sender, receiver = login(os.environ["SENDER"]), login(os.environ["RECEIVER"])
local = format_datetime(datetime.datetime.now().astimezone())
submit, headers, _ = ask(sender, BASE + "/orders", formatdate(), sys.stdin.buffer.read(), "application/xml")
order = headers["Location"]
orders = []
while not orders:
    time.sleep(0.05)
    poll, _, body = ask(receiver, BASE + "/orders?mode=SENT_TO_ME&fromDate=20260101000000", formatdate(usegmt=True))
    orders = json.loads(body)
editx, _, document = ask(receiver, orders[0]["links"][0]["href"] + "/editx", formatdate(localtime=True))
fulfilled = {"status": "FULFILLED", "comment": "Sendt på fredag", "price": {"amount": 250.15, "tax": 25}}
answer, _, _ = ask(receiver, order + "/lines/1", local, json.dumps(fulfilled).encode(), "application/json")
_, _, body = ask(sender, order, formatdate(usegmt=True))
print(json.dumps({"submit": submit, "poll": poll, "editx": editx, "answer": answer,
                  "number": ET.fromstring(document).findtext("Header/OrderNumber"),
                  "status": json.loads(body)["_embedded"]["lines"][0]["status"]}))
