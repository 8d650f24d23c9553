//! The list: searched, filtered, sorted, page by page.
use serde_json::json;

use super::{below, clinic, fault, faults, hcps, make, olga, organization, person};
use crate::{api::client::Api, harness::Server};

/// The names of a page, and where the next one starts.
async fn page(api: &Api, query: &str) -> (Vec<String>, Option<String>) {
    let list = api.get(&hcps(query)).await;
    assert_eq!(list.status, 200, "{query}: {:?}", list.body);
    let items = list.body["items"].as_array().unwrap();
    let name = |item: &serde_json::Value| {
        let first = item["first_name"].as_str().or(item["name"].as_str());
        first.unwrap().to_owned()
    };
    let next = list.body["next"].as_str().map(str::to_owned);
    (items.iter().map(name).collect(), next)
}

async fn names(api: &Api, query: &str) -> Vec<String> {
    page(api, query).await.0
}

/// Everything, read in pages of `limit`.
async fn walk(api: &Api, query: &str, limit: usize) -> Vec<String> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let (found, next) = page(api, &format!("?limit={limit}{query}{cursor}")).await;
        assert!(found.len() <= limit);
        all.extend(found);
        match next {
            None => return all,
            Some(next) => cursor = format!("&cursor={next}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hcps_are_found_by_the_beginnings_of_what_they_are_known_by() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let mut sarah = person("Sarah", "Chen-Müller", "s.chen@northgate.example");
    sarah["phone"] = json!("+32 470 55 01 23");
    let sarah = make(&olga, sarah).await;
    make(&olga, person("Łukasz", "Nowak", "lukasz@riverside.example")).await;
    make(&olga, organization("University Hospital of Leuven")).await;
    for (text, found) in [
        ("sara", vec!["Sarah"]),
        ("SARAH", vec!["Sarah"]),
        ("muller", vec!["Sarah"]),
        ("chen sa", vec!["Sarah"]),
        ("chen-mu", vec!["Sarah"]),
        ("chen nowak", vec![]),
        ("s.chen@north", vec!["Sarah"]),
        ("s.chen@northgate.example", vec!["Sarah"]),
        ("lukasz", vec!["Łukasz"]),
        ("ŁUK", vec!["Łukasz"]),
        ("leuven", vec!["University Hospital of Leuven"]),
        ("euven", vec![]),
        ("%2B32470 55", vec!["Sarah"]),
        ("0470550123", vec!["Sarah"]),
        ("0470/55.01.23", vec!["Sarah"]),
        ("470550124", vec![]),
        ("%27 OR 1=1", vec![]),
        (sarah.as_str(), vec!["Sarah"]),
        ("", vec!["Sarah", "Łukasz", "University Hospital of Leuven"]),
    ] {
        let query = format!("?q={}", text.replace(' ', "%20"));
        assert_eq!(names(&olga, &query).await, found, "{text}");
    }
    let short = olga.get(&hcps("?q=s")).await;
    assert_eq!(faults(&short), fault("q", "too_short"));
    let renamed = json!({"last_name": "García"});
    olga.patch(&hcps(&format!("/{sarah}")), renamed, "").await;
    assert_eq!(names(&olga, "?q=garcia").await, ["Sarah"]);
    assert_eq!(names(&olga, "?q=muller").await, [""; 0]);
}

/// Adds so many people called "Aa Same" that none of their lists is short.
async fn flood(server: &Server) {
    let mut tx = server.write().await;
    let numbers =
        "(WITH RECURSIVE c (n) AS (SELECT 10000 UNION ALL SELECT n + 1 FROM c WHERE n < 16000)
       SELECT n FROM c) x";
    let words = ["naa", "nsame"]
        .map(|word| format!(" {}", hex::encode(word)))
        .concat();
    let hcps = format!(
        "INSERT INTO hcps (id, database_id, type, first_name, last_name, status, version, number,
           sort_name, words, created_at)
         SELECT '00000000-0000-7000-8000-0000000' || x.n, $1, 'professional', 'Aa', 'Same',
           'active', 1, x.n, 'same aa', '{words}', 0 FROM {numbers}"
    );
    let lists = ["baa", "bsa", "bsam", "bsame", "daasa"].map(hex::encode);
    let lists = lists
        .map(|list| format!("SELECT '{list}' AS list"))
        .join(" UNION ALL ");
    let entries = format!(
        "INSERT INTO hcp_lists (directory, list, sort_name, hcp)
         SELECT d.directory, l.list, 'same aa', x.n
         FROM hcp_numbers d CROSS JOIN ({lists}) l CROSS JOIN {numbers} WHERE d.database_id = $1"
    );
    for sql in [hcps, entries] {
        let query = tx.query_of(&[sql.leak()]);
        query.bind(super::DATABASE).run().await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_the_same_whether_it_reads_few_or_many() {
    let server = clinic().await;
    let olga = olga(&server).await;
    for (n, first) in ["Élise", "bob", "Dora", "Carl", "Ann"]
        .into_iter()
        .enumerate()
    {
        let hcp = person(first, "Same", &format!("p{n}@example.test"));
        make(&olga, hcp).await;
    }
    for is_many in [false, true] {
        if is_many {
            flood(&server).await;
        }
        // Whoever was added has no e-mail address that begins so.
        for limit in [1, 2, 100] {
            let found = walk(&olga, "&q=same%20p", limit).await;
            assert_eq!(found, ["Ann", "bob", "Carl", "Dora", "Élise"]);
            let mut down = walk(&olga, "&q=same%20p&sort=-name", limit).await;
            down.reverse();
            assert_eq!(down, found);
            let query = "&q=same%20p&sort=created_at&type=professional";
            let found = walk(&olga, query, limit).await;
            assert_eq!(found, ["Élise", "bob", "Dora", "Carl", "Ann"]);
            for sort in ["name", "-name", "created_at", "-created_at"] {
                let found = walk(&olga, &format!("&q=same%20do&sort={sort}"), limit).await;
                assert_eq!(found, ["Dora"]);
            }
            let found = walk(&olga, "&q=same%20p&status=active", limit).await;
            assert_eq!(found.len(), 5);
            for query in [
                "&q=same%20nobody",
                "&q=same&status=disabled",
                "&q=same&type=organization",
            ] {
                assert_eq!(walk(&olga, query, limit).await, [""; 0], "{query}");
            }
        }
    }
    let everybody = walk(&olga, "&q=sam", 100).await;
    assert_eq!(everybody.len(), 6001 + 5);
    let nobody = page(&olga, "?q=same%20x").await;
    assert!(
        nobody.0.is_empty() && nobody.1.is_some(),
        "the search goes on: {nobody:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_filtered_sorted_and_read_page_by_page() {
    let server = clinic().await;
    let olga = olga(&server).await;
    let clinic = make(&olga, organization("Clinic")).await;
    let mut by_age = vec!["Clinic".to_owned()];
    for (n, first) in ["Élise", "bob", "Dora", "Carl", "Ann"]
        .into_iter()
        .enumerate()
    {
        let hcp = person(first, "Same", &format!("p{n}@example.test"));
        let id = make(&olga, if n < 3 { below(hcp, &clinic) } else { hcp }).await;
        by_age.push(first.to_owned());
        if first == "Dora" {
            let place = hcps(&format!("/{id}"));
            olga.patch(&place, json!({"status": "disabled"}), "").await;
        }
    }
    let by_name = ["Clinic", "Ann", "bob", "Carl", "Dora", "Élise"];
    let reversed = |names: &[String]| names.iter().rev().cloned().collect::<Vec<_>>();
    for limit in [1, 2, 4, 100] {
        assert_eq!(walk(&olga, "", limit).await, by_name);
        assert_eq!(walk(&olga, "&sort=name", limit).await, by_name);
        let down = walk(&olga, "&sort=-name", limit).await;
        assert_eq!(reversed(&down), by_name);
        assert_eq!(walk(&olga, "&sort=created_at", limit).await, by_age);
        let down = walk(&olga, "&sort=-created_at", limit).await;
        assert_eq!(reversed(&down), by_age);
        let parent = format!("&parent_id={clinic}");
        assert_eq!(walk(&olga, &parent, limit).await, ["bob", "Dora", "Élise"]);
        let both = format!("{parent}&status=disabled&q=do&sort=-created_at");
        assert_eq!(walk(&olga, &both, limit).await, ["Dora"]);
        assert_eq!(walk(&olga, "&type=organization", limit).await, ["Clinic"]);
    }
    for (query, field) in [
        ("?sort=shoe", "sort"),
        ("?type=robot", "type"),
        ("?status=asleep", "status"),
        ("?parent_id=x", "parent_id"),
        ("?cursor=AAAA", "cursor"),
    ] {
        let refused = olga.get(&hcps(query)).await;
        assert_eq!(faults(&refused), fault(field, "invalid"), "{query}");
    }
    let (_, next) = page(&olga, "?limit=2").await;
    let mixed = format!("?limit=2&sort=-name&cursor={}", next.unwrap());
    assert_eq!(
        faults(&olga.get(&hcps(&mixed)).await),
        fault("cursor", "invalid")
    );
}
