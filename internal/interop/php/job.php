<?php
// A sender and a receiver, as a PHP program with the curl extension and
// nothing else does their work. Settings come from the environment.
declare(strict_types=1);

$base = getenv('BASE');
ini_set('serialize_precision', '17'); // as many servers still have it

/** Sends one request and returns status, headers in lower case, and body. */
function ask(string $method, string $url, array $headers = [], ?string $body = null): array
{
    $got = [];
    $c = curl_init($url);
    curl_setopt_array($c, [
        CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_HTTPHEADER => $headers,
        CURLOPT_ENCODING => '', // whatever it can unpack
        CURLOPT_HEADERFUNCTION => function ($c, string $line) use (&$got): int {
            $parts = explode(':', $line, 2);
            if (count($parts) === 2) {
                $got[strtolower(trim($parts[0]))] = trim($parts[1]);
            }
            return strlen($line);
        },
    ]);
    if ($body !== null) {
        curl_setopt($c, CURLOPT_POSTFIELDS, $body);
    }
    $text = curl_exec($c);
    if ($text === false) {
        throw new RuntimeException("$method $url: " . curl_error($c));
    }
    return [curl_getinfo($c, CURLINFO_RESPONSE_CODE), $got, $text];
}

function login(string $base, string $user): string
{
    $form = http_build_query(['username' => $user, 'password' => getenv('PASSWORD')]);
    [, $headers] = ask('POST', "$base/v1/tickets", [], $form);
    return $headers['boknett-tgt'];
}

// DATE_RFC1123 writes +0100, DATE_RFC7231 GMT and DATE_COOKIE the zone's name;
// all are in use. The last two are for UTC alone.
function headers(string $ticket, string $format, string ...$more): array
{
    $now = new DateTime('now', new DateTimeZone('Europe/Oslo'));
    if ($format === DATE_RFC7231 || $format === DATE_COOKIE) {
        $now->setTimezone(new DateTimeZone('UTC'));
    }
    return array_merge(["Authorization: Boknett $ticket", 'Date: ' . $now->format($format)], $more);
}

$sender = login($base, getenv('SENDER'));
$receiver = login($base, getenv('RECEIVER'));
$xml = file_get_contents('php://stdin');
[$submit, $headers] = ask('POST', "$base/orders", headers($sender, DATE_RFC1123, 'Content-Type: application/xml'), $xml);
$order = $headers['location'];
do {
    $inbox = "$base/orders?mode=SENT_TO_ME&fromDate=20260101000000";
    [$poll, , $body] = ask('GET', $inbox, headers($receiver, DATE_RFC7231));
    $list = json_decode($body, true, 32, JSON_THROW_ON_ERROR);
} while ($list === [] && usleep(50000) === null);
[$editx, , $document] = ask('GET', $list[0]['links'][0]['href'] . '/editx', headers($receiver, DATE_RSS));
$read = new SimpleXMLElement($document);
$fulfilled = json_encode([
    'status' => 'FULFILLED', 'comment' => 'Sendt på fredag',
    'price' => ['amount' => 250.15, 'tax' => 25], // 250.15000000000001, by the precision above
]);
[$answer] = ask('POST', "$order/lines/1", headers($receiver, DATE_RFC2822, 'Content-Type: application/json'), $fulfilled);
[, , $body] = ask('GET', $order, headers($sender, DATE_COOKIE));
$seen = json_decode($body, true, 32, JSON_THROW_ON_ERROR);
echo json_encode([
    'submit' => $submit, 'poll' => $poll, 'editx' => $editx, 'answer' => $answer,
    'number' => (string) $read->Header->OrderNumber, 'status' => $seen['_embedded']['lines'][0]['status'] ?? $body,
]);
