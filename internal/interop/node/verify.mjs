// Verifies messages with the two libraries that integrators use: MESSAGES is a
// list of {secret, body, headers}. For each it prints what either library says,
// "ok" or its refusal, and what JSON.stringify makes of the parsed body.
import { Webhook as Standard } from "standardwebhooks";
import { Webhook as Svix } from "svix";

function verdict(Library, m) {
  try {
    const event = new Library(m.secret).verify(m.body, m.headers);
    return JSON.stringify(event) === JSON.stringify(JSON.parse(m.body)) ? "ok" : "another event";
  } catch (e) {
    return String(e.message);
  }
}

process.stdout.write(
  JSON.stringify(
    JSON.parse(process.env.MESSAGES).map((m) => ({
      standard: verdict(Standard, m),
      svix: verdict(Svix, m),
      again: JSON.stringify(JSON.parse(m.body)),
    })),
  ),
);
