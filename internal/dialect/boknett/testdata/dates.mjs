// Prints dates as programs in Node write them: a language tag, the Unix time, and the text, with tabs between.
const say = (tag, at, text) => console.log([tag, at.getTime() / 1000, text].join("\t"));
for (const tag of process.argv.slice(2)) {
  for (let i = 0; i < 84; i++) {
    const at = new Date(Date.UTC(2026, i % 12, 1 + (i % 28), 8, 1, 22));
    if (tag === "en") {
      say(tag, at, at.toUTCString());
      for (const zone of ["UTC", "Europe/Oslo", "America/New_York", "Asia/Kolkata"]) {
        process.env.TZ = zone;
        say(tag, at, new Date(at.getTime()).toString());
      }
      process.env.TZ = "UTC";
      continue;
    }
    for (const style of ["short", "long"]) {
      const parts = new Intl.DateTimeFormat(tag, { weekday: style, day: "numeric", month: style, year: "numeric", timeZone: "UTC" }).formatToParts(at);
      const part = (type) => parts.find((p) => p.type === type).value;
      say(tag, at, `${part("weekday")}, ${part("day")} ${part("month")} 2026 08:01:22 GMT`);
    }
  }
}
