<?php
// Prints dates as programs in PHP write them: a language tag, the Unix time, and the text, with tabs between.
foreach (["UTC", "Europe/Oslo", "+01:00", "-05:00", "@"] as $zone) {
    for ($i = 0; $i < 84; $i++) {
        $time = gmmktime(8, 1, 22, 1 + $i % 12, 1 + $i % 28, 2026);
        $at = $zone === "@" ? new DateTime("@$time") : (new DateTime("@$time"))->setTimezone(new DateTimeZone($zone));
        $forms = [DATE_RFC1123, DATE_RFC2822, DATE_RFC7231, "D, d M Y H:i:s P", "D, j M Y H:i:s O", "l, d F Y H:i:s p"];
        if ($zone !== "Europe/Oslo") { // whose T is CET
            array_push($forms, DATE_RFC850, DATE_COOKIE, "D, d M Y H:i:s T", "D M j H:i:s T Y");
        }
        foreach ($forms as $form) {
            echo "en\t$time\t", $form === DATE_RFC7231 ? gmdate($form, $time) : $at->format($form), "\n";
        }
    }
}
