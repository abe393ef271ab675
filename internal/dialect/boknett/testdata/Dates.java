import java.io.PrintStream;
import java.time.*;
import java.time.format.*;
import java.util.*;

/** Prints dates as programs in Java write them: a language tag, the Unix time, and the text, with tabs between. */
public class Dates {
	public static void main(String[] tags) {
		PrintStream out = new PrintStream(System.out, true, java.nio.charset.StandardCharsets.UTF_8);
		String[] zones = {"O", "OOOO", "xx", "xxx", "xxxx", "xxxxx", "XXX", "XXXX", "Z", "ZZZZ", "ZZZZZ"};
		for (String tag : tags) {
			Locale locale = Locale.forLanguageTag(tag);
			for (int i = 0; i < 84; i++) {
				ZonedDateTime at = LocalDateTime.of(2026, 1 + i % 12, 1 + i % 28, 8, 1, 22).atZone(ZoneOffset.ofHours(i % 7 - 3));
				for (String form : new String[] {"EEE, d MMM yyyy", "EEE, dd MMM yyyy", "EEEE, d MMMM yyyy", "EEE d MMM yyyy"}) {
					String pattern = form + " HH:mm:ss " + zones[i % zones.length];
					out.println(tag + "\t" + at.toEpochSecond() + "\t" + DateTimeFormatter.ofPattern(pattern, locale).format(at));
				}
				if (tag.startsWith("en")) {
					out.println(tag + "\t" + at.toEpochSecond() + "\t" + DateTimeFormatter.RFC_1123_DATE_TIME.format(at));
					TimeZone.setDefault(TimeZone.getTimeZone(at.getOffset().getTotalSeconds() == 0 ? "UTC" : "GMT" + at.getOffset()));
					out.println(tag + "\t" + at.toEpochSecond() + "\t" + new Date(at.toEpochSecond() * 1000));
				}
			}
		}
	}
}
