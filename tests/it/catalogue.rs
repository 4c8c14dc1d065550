//! The catalogue of hostile input (H-01 to H-62, H-71 to H-76), and the bug
//! classes of other aggregators: for each row what it comes to, and where a reader can see it.
//!
//! A name alone is a document of `tests/parse`, with the items that it yields
//! beside it; one with `!` fails with this reason. What has a `::` is a test,
//! of this folder or of `src`. That all of them are there, that no row is
//! forgotten and that every reason is as told, is checked below.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const CATALOGUE: &str = "
H-01 No redirect leads to this machine: refused.
     wall::no_redirect_leads_behind_the_wall
H-02 Nor to where clouds keep their secrets: refused.
     wall::no_redirect_leads_behind_the_wall src::fetch::guard::only_the_public_internet_is_reached
H-03 A name is as good as its worst address: refused.
     src::fetch::guard::a_name_is_as_good_as_its_worst_address
     wall::no_spelling_of_an_address_gets_through
H-04 What was looked up once is what is connected to.
     src::fetch::guard::a_name_is_as_good_as_its_worst_address
     wall::leave_is_for_exactly_one_host
H-05 IPv4 is seen through in every spelling: refused.
     wall::no_spelling_of_an_address_gets_through
     src::fetch::guard::a_literal_is_seen_through_in_every_spelling
H-06 So is IPv6, and what is within it: refused.
     wall::no_spelling_of_an_address_gets_through
     src::fetch::guard::a_literal_is_seen_through_in_every_spelling
H-07 Other schemes are no targets: redirect.
     wall::no_redirect_leads_behind_the_wall
     src::fetch::tests::redirects_to_where_we_do_not_go_are_refused
H-08 No user, no backslash and no line break gets into a request.
     wall::no_redirect_leads_behind_the_wall wall::a_location_cannot_smuggle_fields
H-09 Other ports are for the configured host: refused.
     wall::no_redirect_leads_behind_the_wall
     src::fetch::guard::other_ports_are_for_the_configured_host
H-10 Five redirects, and no more: redirect.
     wall::chains_end_at_the_wall src::fetch::tests::a_loop_of_redirects_ends
H-11 Nobody reads his own feed.
     wall::nobody_is_led_to_his_own_feed
     etiquette::aggregators_that_read_each_other_echo_nothing
H-12 Two that read each other grow by nothing.
     etiquette::aggregators_that_read_each_other_echo_nothing
H-13 A certificate that nobody vouches for: tls.
     src::fetch::tests::a_connection_is_trusted_or_not_made
H-14 What speaks another protocol: tls, body.
     src::fetch::tests::a_connection_is_trusted_or_not_made
     src::fetch::tests::bad_answers_are_told_apart
H-15 Silence, a trickle and a head without end are cut: timeout.
     src::fetch::tests::silence_is_not_waited_out
     src::fetch::tests::a_head_that_trickles_is_not_waited_out
     etiquette::an_answer_without_end_keeps_nobody_waiting
H-16 A head of 10,000 fields, of a field of 1 MiB, behind 100 interim answers: too_large, timeout.
     src::fetch::tests::bad_answers_are_told_apart
     src::fetch::tests::interim_answers_are_no_answer
H-17 Lengths that do not agree: body.
     src::fetch::tests::bad_answers_are_told_apart
H-18 A body that ends too soon gives no items: body.
     src::fetch::tests::bad_answers_are_told_apart etiquette::bad_bodies_leave_no_validators
H-19 Floods of HTTP/2 meet a library that is mended, and end with the time of a fetch.
     src::fetch::tests::floods_of_http_2_are_cut wall::the_libraries_are_mended_ones
     etiquette::an_answer_without_end_keeps_nobody_waiting
H-20 Whatever a resolver does, it is over after ten seconds.
     wall::a_resolver_is_not_waited_for wall::a_name_with_many_addresses_is_tried_at_a_few
H-21 A bomb is cut short: too_large.
     input::a_gzip_bomb src::fetch::body::a_bomb_is_cut_short
H-22 A body that is packed more than once is refused: body.
     src::fetch::body::one_layer_is_enough
H-23 A cut or damaged package is an error: body; members are joined.
     src::fetch::body::members_are_joined_and_a_cut_is_an_error
H-24 Plain text that is called packed is read; what is packed and does not say so is not_a_feed.
     src::fetch::body::every_coding_that_we_ask_for_unpacks input::packed_without_saying_so
H-25 A body of 20 MiB, however it is announced: too_large.
     input::twenty_mebibytes src::fetch::tests::an_endless_body_is_cut_at_eight_mebibytes
H-26 Nothing, spaces, and answers that are none: empty, status; no validators.
     input::empty no-feed-empty!empty no-feed-spaces!empty no-feed-mark-alone!empty
     src::fetch::tests::bad_answers_are_told_apart etiquette::bad_bodies_leave_no_validators
H-27 Mark, then server, then declaration, then detection; what is unknown is not believed.
     charset-http-before-declaration charset-http-says-latin-1 charset-utf-16-be charset-utf-16-le
     charset-utf-16-be-with-mark charset-utf-16-le-with-mark charset-utf-7
     charset-windows-1251-declared-unknown charset-one-item-in-windows-1251
     charset-one-item-in-gb18030 charset-utf-32
H-28 Bytes that name no character are replaced and counted.
     charset-over-long-and-surrogates charset-one-bad-byte damage-noncharacters
H-29 Controls are removed, raw and by reference.
     damage-control-characters damage-c1-controls damage-reference-to-a-control
     input::control_characters_and_references_to_nothing
H-30 A reference to nothing is U+FFFD.
     damage-reference-to-nothing input::control_characters_and_references_to_nothing
H-31 Entities of the document are never expanded.
     damage-billion-laughs
H-32 Nothing outside is opened.
     damage-document-type-outside damage-entities-of-the-document damage-inclusion
     wall::only_fetch_opens_connections
H-33 The entities of HTML are known without a DTD, others stay text.
     damage-html-entities damage-unknown-entity input::five_mebibytes_in_one_place
H-34 Deeper than 256: too_large.
     damage-depth-300!too_large
H-35 HTML of any depth costs no more than its size.
     pages::hostile_pages_are_read_in_bounded_work
     src::parse::bounded::hostile_markup_makes_no_deep_and_no_large_tree
     src::text::plain::hostile_markup_takes_linear_time
H-36 Too many attributes or namespaces: too_large; of two of one name the first counts.
     damage-attributes-too-many!too_large damage-namespaces-too-many!too_large
     damage-attributes-twice
H-37 What is too many of an item is cut, the item kept.
     damage-many-categories media-too-many input::five_mebibytes_in_one_place
H-38 Wrong namespaces and cases are read.
     damage-undeclared-prefixes dialect-rss-upper-case-tags dialect-rss-in-the-atom-namespace
     dialect-atom-namespace-none dialect-atom-prefix-undeclared dialect-rss-own-prefix-undeclared
H-39 Damage is mended, a cut tail costs only itself and the validators.
     damage-bare-ampersand-in-a-title damage-text-before-the-feed damage-mark-and-blank-lines
     damage-cut-in-a-text damage-cut-in-a-tag json-cut
     input::what_came_before_the_cut_counts input::markup_broken_in_the_middle
H-40 The first root counts, comments and sections are inert; a comment alone is not_a_feed.
     dialect-two-roots damage-feed-in-a-comment!not_a_feed damage-items-in-a-comment damage-cdata-in-cdata
     damage-cdata-split damage-cdata-misspelt damage-cdata-ended-wrongly
     damage-junk-behind-the-root
H-41 Of a million items the first are read.
     parse::a_million_items_are_read_up_to_the_limit
H-42 JSON nested too deep: too_large; odd values are read as written.
     json-nested-too-deep!too_large json-duplicate-keys json-number-without-end
     json-lone-surrogate json-id-is-a-number json-id-is-a-fraction
H-43 A page in place of a feed: not_a_feed, and what it is.
     no-feed-login!not_a_feed no-feed-soft-404!not_a_feed no-feed-parked!not_a_feed
     no-feed-challenge!not_a_feed no-feed-page-with-a-feed-link!not_a_feed
     pages::portals_and_parked_domains_are_neither_list_nor_article
     etiquette::a_captive_portal_does_no_harm
H-44 The body decides what it is, not its type: read, or not_a_feed.
     feed-under-an-html-type no-feed-html-under-a-feed-type!not_a_feed
H-45 An empty feed removes nothing.
     empty-feed-rss empty-feed-atom json-items-empty
     input::a_feed_that_is_suddenly_empty_removes_nothing
H-46 Another feed at the same address waits for a person.
     quarantine::another_feed_at_the_same_address_is_held_back
H-47 A source is known by its key, whatever its feed calls itself.
     input::a_feed_that_calls_itself_otherwise_is_the_same_source
H-48 Scripts and frames are no text.
     text-script-and-style text-script-in-a-title input::markup_anywhere_comes_out_as_text
H-49 No scheme but http and https, however disguised.
     link-javascript-disguised input::links_that_are_no_web_addresses
H-50 The same in guid, enclosure and author.
     link-javascript link-guid-javascript link-data media-enclosure-javascript
     author-address-of-a-page input::media_that_are_no_web_addresses
H-51 Drawings and formulas are no text.
     text-svg-and-math
H-52 Styles and classes are gone.
     text-style-and-class
H-53 Markup in one-line fields is text, escaped once.
     text-markup-in-a-title text-ampersand-twice text-atom-text-ampersand category-markup
     author-markup input::markup_in_titles
H-54 Overrides are removed, marks in a row are eight at most.
     text-bidi-overrides text-marks-without-end
H-55 A headline is 1,000 letters at most, or the first words of the text.
     text-title-of-2600-letters text-title-of-nothing-visible text-title-empty
     text-title-of-the-first-sentence
     text-title-of-one-word-without-end
     input::ten_thousand_items_and_a_title_without_end
H-56 Pixels and buttons are gone.
     text-pixel-and-buttons
H-57 Text that gives orders is text.
     text-prompt-injection
H-58 A base is a web address or none.
     link-xml-base-hostile
H-59 An item without guid, link and date is known by its text.
     key-nothing-but-a-headline key-headlines-that-fold-alike
     input::an_item_without_id_link_or_date_is_one_item_for_ever
H-60 A guid belongs to its source.
     input::a_guid_of_another_source_is_nobody_elses
H-61 A guid that does not tell items apart does not count.
     key-guid-on-all-items key-guid-and-link-on-all-items key-guid-reused-for-another-article
     key-guid-case-counts input::one_guid_on_all_items
     input::a_guid_that_is_used_again_is_another_story
     input::a_guid_in_another_spelling_is_the_same_story
H-62 A guid that is no sensible text is hashed.
     key-long-guid key-guid-with-a-line-break key-guid-of-our-own-scheme
H-71 Validators that are too long, or cannot be sent, are not kept.
     etiquette::validators_come_back_byte_for_byte
     src::fetch::tests::senseless_validators_are_not_kept
H-72 A wait of years counts seven days, nonsense nothing.
     src::fetch::head::hints_are_measured_by_the_servers_clock
     src::schedule::tests::forty_answers_and_their_due_times
     src::schedule::host::a_429_speaks_for_the_host_and_a_503_for_its_url
H-73 Hints of years count a day, nonsense nothing.
     src::fetch::head::hints_are_measured_by_the_servers_clock
     src::schedule::tests::forty_answers_and_their_due_times period-ttl-of-nonsense
     period-syndication-of-nonsense
H-74 Cookies and what else an answer wants us to do are ignored.
     etiquette::every_request_has_the_same_head
H-75 A date of another year comes back as it was, and moves no clock of ours.
     etiquette::validators_come_back_byte_for_byte etiquette::retry_after_is_waited_out
H-76 We subscribe to no hub: there is no callback to guess, to verify or to fill.
     serve::nobody_is_subscribed
";

/// PEERS.md, section 4, by its numbers.
const PEERS: &str = "
P-1  One source of another format, or one bad date, breaks nothing of the others.
     date-one-bad-among-good input::one_broken_item laws::a_panic_is_its_sources_alone
P-2  A reload that fails loses no source.
     laws::a_config_that_does_not_load_changes_nothing
P-3  A failure is no news.
     failure-is-no-item input::down
P-4  An undated item is never dated now.
     laws::an_undated_item_has_the_time_it_was_first_seen_for_ever date-of-the-channel-only
P-5  Items older than the newest are not missed.
     input::an_item_older_than_the_newest_is_not_missed
P-6  Validators are the last ones given, and a 304 for ever is doubted.
     etiquette::each_validator_is_the_last_one_that_was_given
     etiquette::a_304_for_ever_is_doubted_every_eight_days
P-7  A restart asks nobody early.
     etiquette::a_restart_moves_no_request laws::restarts_and_reloads_ask_nobody_early
P-8  A body that is too large is a failure: too_large.
     input::twenty_mebibytes
P-9  Charsets that only the document states, or states wrongly.
     charset-meta-in-the-feed charset-koi8-r charset-windows-1251
     charset-windows-1251-declared-utf-8 charset-utf-8-declared-windows-1251
P-10 The same stories are the same bytes.
     date-channel-date-is-render-time laws::same_stories_same_bytes
P-11 An id outlives the database.
     laws::the_id_is_made_of_source_name_and_item_key_alone
     stories::archives_outlive_the_database_byte_by_byte
P-12 No address gets behind the wall: not by its spelling, by a hop or by a name.
     wall::no_spelling_of_an_address_gets_through wall::chains_end_at_the_wall
     wall::no_redirect_leads_behind_the_wall
P-13 A panic of the parser stays one source's failure: panicked.
     author-chinese-beside-a-mail author-russian-beside-a-mail
     etiquette::a_panic_stays_with_its_source
P-14 Two copies of a story do not take turns.
     input::two_copies_of_a_story_do_not_take_turns
";

struct Row {
    name: String,
    comes_to: String,
    proofs: Vec<String>,
}

fn rows(table: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for line in table.lines().filter(|line| !line.is_empty()) {
        if line.starts_with(' ') {
            let row = rows.last_mut().expect("a row before its proofs");
            row.proofs
                .extend(line.split_whitespace().map(str::to_owned));
        } else {
            let (name, comes_to) = line.split_once(' ').unwrap();
            rows.push(Row {
                name: name.to_owned(),
                comes_to: comes_to.trim().to_owned(),
                proofs: Vec::new(),
            });
        }
    }
    rows
}

/// What is wrong with what shows a row; `None` if it is there and comes to
/// what it is told to.
fn fault(proof: &str) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some((module, test)) = proof.rsplit_once("::") else {
        let (document, reason) = match proof.split_once('!') {
            Some((document, reason)) => (document, Some(reason)),
            None => (proof, None),
        };
        let path = root.join("tests/parse").join(format!("{document}.json"));
        let Ok(told) = fs::read_to_string(path) else {
            return Some("there is no such document".to_owned());
        };
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        let found = told["failure"][0].as_str();
        return (found != reason).then(|| format!("it comes to {found:?}"));
    };
    let file = match module.strip_prefix("src::") {
        Some(module) => root.join("src").join(module.replace("::", "/")),
        None => root.join("tests/it").join(module),
    };
    let Ok(code) = fs::read_to_string(file.with_extension("rs")) else {
        return Some("there is no such file".to_owned());
    };
    let is_there = code.contains(&format!("fn {test}("));
    (!is_there).then(|| "there is no such test".to_owned())
}

#[track_caller]
fn check(table: &str, expected: impl Iterator<Item = String>) {
    let rows = rows(table);
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, expected.collect::<Vec<_>>());
    let mut faults = Vec::new();
    for row in &rows {
        if row.proofs.is_empty() {
            faults.push(format!("{}: nothing shows it", row.name));
        }
        for proof in &row.proofs {
            faults.extend(fault(proof).map(|fault| format!("{}: {proof}: {fault}", row.name)));
            // Whoever fails says why, and the row names the reason.
            if let Some((_, reason)) = proof.split_once('!')
                && !row.comes_to.contains(reason)
            {
                faults.push(format!("{}: {reason} is not named", row.name));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_row_of_the_catalogue_has_its_test() {
    let rows = (1..=62).chain(71..=76);
    check(CATALOGUE, rows.map(|n| format!("H-{n:02}")));
}

#[test]
fn every_bug_class_of_others_has_its_test() {
    check(PEERS, (1..=14).map(|n| format!("P-{n}")));
}

/// A document that names a row stands in the catalogue's numbers.
#[test]
fn documents_name_rows_that_there_are() {
    let known: BTreeSet<String> = (21..=81).map(|n| format!("H-{n}")).collect();
    let mut seen = 0;
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parse")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let Ok(told) = serde_json::from_slice::<serde_json::Value>(&fs::read(&path).unwrap())
        else {
            continue;
        };
        let why = told["why"].as_str().unwrap_or_default();
        for word in why.split(|c: char| !c.is_alphanumeric() && c != '-') {
            if word.starts_with("H-") {
                assert!(known.contains(word), "{}: {word}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 80, "{seen} rows are named");
}
