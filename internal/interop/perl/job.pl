# A sender and a receiver, as a Perl program with core modules alone does their
# work. Settings come from the environment.
use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP qw(decode_json encode_json);
use POSIX qw(strftime);

my $base = $ENV{BASE};
my $http = HTTP::Tiny->new(agent => 'shop/1.0');

sub login {
    my ($user) = @_;
    my $res = $http->post_form("$base/v1/tickets", { username => $user, password => $ENV{PASSWORD} });
    return $res->{headers}{'boknett-tgt'} // die "log in: $res->{status} $res->{content}";
}

sub ask {
    my ($ticket, $method, $url, %more) = @_;
    # strftime writes the words of the locale, which is C unless it is asked for.
    my $date    = strftime('%a, %e %b %Y %H:%M:%S %z', localtime);
    my %headers = (Authorization => "Boknett $ticket", Date => $date, %{ $more{headers} // {} });
    my %options = (headers => \%headers);
    $options{content} = $more{content} if exists $more{content};
    my $res = $http->request($method, $url, \%options);
    die "$method $url: $res->{content}" if $res->{status} == 599;
    return $res;
}

my $sender   = login($ENV{SENDER});
my $receiver = login($ENV{RECEIVER});
my $xml      = do { local $/; <STDIN> };
my $submit   = ask($sender, 'POST', "$base/orders",
    headers => { 'Content-Type' => 'application/xml' }, content => $xml);
my $order    = $submit->{headers}{location};
my ($poll, $list);
do {
    select undef, undef, undef, 0.05;
    $poll = ask($receiver, 'GET', "$base/orders?mode=SENT_TO_ME&fromDate=20260101000000");
    $list = decode_json($poll->{content});
} until @$list;
my $editx = ask($receiver, 'GET', "$list->[0]{links}[0]{href}/editx");
my ($number) = $editx->{content} =~ m{<OrderNumber>([^<]*)</OrderNumber>};
my $answer = ask($receiver, 'POST', "$order/lines/1", headers => { 'Content-Type' => 'application/json' },
    content => encode_json({
        status => 'FULFILLED', comment => "Sendt p\x{e5} fredag", price => { amount => 250.15, tax => 25 },
    }));
my $seen = decode_json(ask($sender, 'GET', $order)->{content});
print encode_json({
    submit => 0 + $submit->{status}, poll => 0 + $poll->{status},
    editx  => 0 + $editx->{status}, answer => 0 + $answer->{status},
    number => $number, status => $seen->{_embedded}{lines}[0]{status},
});
