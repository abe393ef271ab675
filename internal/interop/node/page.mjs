// Listens as a page does: asks for a stream token, opens an unchanged EventSource without any header, and when that has
// ended for good asks for another. Prints the order numbers that it heard.
const { BASE, CLIENT, CLIENT_ID, CLIENT_SECRET, LAST } = process.env;
const module = await import(CLIENT);
const EventSource = module.EventSource ?? module.default;
const form = new URLSearchParams({ grant_type: "client_credentials", client_id: CLIENT_ID, client_secret: CLIENT_SECRET });
const { access_token: accessToken } = await (await fetch(BASE + "/oauth/token", { method: "POST", body: form })).json();

const heard = [];
let last = "0";
let tokens = 0;
async function listen() {
  const headers = { Authorization: "Bearer " + accessToken };
  const answer = await fetch(BASE + "/v2/events/token", { method: "POST", headers });
  const { url } = await answer.json();
  tokens++;
  // The second token is spoiled, so that the client is refused with 401 and ends for good.
  const stream = new EventSource((tokens === 2 ? url.slice(0, -3) + "xxx" : url) + "&after=" + encodeURIComponent(last));
  let again = false;
  const renew = () => {
    stream.close();
    if (!again) setTimeout(listen, 100);
    again = true;
  };
  stream.addEventListener("order.sent", (e) => {
    if (again) return; // some clients go on with what they have read when they are closed
    last = e.lastEventId;
    const number = JSON.parse(e.data).data.orderNumber;
    heard.push(number);
    if (number === LAST) {
      stream.close();
      console.log(JSON.stringify({ heard, tokens }));
      process.exit(0);
    }
    renew();
  });
  stream.onerror = () => {
    if (stream.readyState === EventSource.CLOSED || CLIENT === "eventsource-2") renew();
  };
}
listen();
setTimeout(() => {
  console.log(JSON.stringify({ heard, tokens }));
  process.exit(0);
}, 30000);
