import java.math.BigDecimal;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A sender and a receiver, as a Java program with java.net.http and nothing
 * else does their work. Settings come from the environment.
 */
public class Job {
    static final String BASE = System.getenv("BASE");
    static final HttpClient HTTP = HttpClient.newHttpClient(); // asks for HTTP/2

    /** Both are in use: one-digit days with GMT, and a pattern with an offset. */
    static final DateTimeFormatter RFC_1123 = DateTimeFormatter.RFC_1123_DATE_TIME;
    static final DateTimeFormatter PATTERN = DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss z", Locale.UK);

    /** Writes itself as 2.5E+2. */
    static final BigDecimal PRICE = new BigDecimal("250.00").stripTrailingZeros();

    static String login(String user) throws Exception {
        String form = "username=" + URLEncoder.encode(user, StandardCharsets.UTF_8) + "&password="
                + URLEncoder.encode(System.getenv("PASSWORD"), StandardCharsets.UTF_8);
        HttpRequest q = HttpRequest.newBuilder(URI.create(BASE + "/v1/tickets"))
                .header("Content-Type", "application/x-www-form-urlencoded").POST(BodyPublishers.ofString(form)).build();
        return HTTP.send(q, BodyHandlers.ofString()).headers().firstValue("Boknett-TGT").orElseThrow();
    }

    static HttpRequest.Builder as(String ticket, String url, String date) {
        return HttpRequest.newBuilder(URI.create(url)).header("Authorization", "Boknett " + ticket).header("Date", date);
    }

    static HttpResponse<String> send(HttpRequest.Builder q) throws Exception {
        return HTTP.send(q.build(), BodyHandlers.ofString());
    }

    static String first(String pattern, String text) {
        Matcher m = Pattern.compile(pattern).matcher(text);
        if (!m.find()) {
            throw new IllegalStateException("no " + pattern + " in " + text);
        }
        return m.group(1);
    }

    public static void main(String[] args) throws Exception {
        String xml = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        String utc = RFC_1123.format(ZonedDateTime.now(ZoneOffset.UTC));
        String oslo = RFC_1123.format(ZonedDateTime.now(ZoneId.of("Europe/Oslo")));
        String gmt = PATTERN.format(ZonedDateTime.now(ZoneId.of("GMT")));
        String sender = login(System.getenv("SENDER"));
        String receiver = login(System.getenv("RECEIVER"));
        HttpResponse<String> submit = send(as(sender, BASE + "/orders", utc).header("Content-Type", "application/xml")
                .POST(BodyPublishers.ofString(xml)));
        String order = submit.headers().firstValue("location").orElseThrow();
        HttpResponse<String> poll;
        do {
            Thread.sleep(50);
            poll = send(as(receiver, BASE + "/orders?mode=SENT_TO_ME&fromDate=20260101000000", gmt));
        } while (poll.statusCode() == 200 && poll.body().equals("[]"));
        HttpResponse<String> editx = send(as(receiver, first("\"href\":\"([^\"]*)\"", poll.body()) + "/editx", oslo));
        String fulfilled = "{\"status\":\"FULFILLED\",\"comment\":\"Sendt p\u00e5 fredag\","
                + "\"price\":{\"amount\":" + PRICE + ",\"tax\":25}}";
        HttpResponse<String> answer = send(as(receiver, order + "/lines/1", utc).header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(fulfilled)));
        HttpResponse<String> seen = send(as(sender, order, utc));
        System.out.printf("{\"submit\":%d,\"poll\":%d,\"editx\":%d,\"answer\":%d,\"number\":\"%s\",\"status\":\"%s\"}%n",
                submit.statusCode(), poll.statusCode(), editx.statusCode(), answer.statusCode(),
                first("<OrderNumber>([^<]*)<", editx.body()),
                first("\"lines\":\\[\\{[^}]*\"status\":\"([A-Z_]*)\"", seen.body()));
    }
}
