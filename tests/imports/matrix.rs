//! What people put into files, in each of the six formats, as LibreOffice writes them and as the
//! API answers.
use serde_json::{Value, json};

use super::{file, staged::imports};
use crate::{
    api::client::{Answer, Api},
    harness::Server,
    hcps::{clinic, olga},
};

/// The endings of the six formats; `.csv` has commas, `.txt` tabs.
const SIX: [&str; 6] = ["xlsx", "xls", "xml", "ods", "csv", "txt"];

struct Clinic {
    _server: Server,
    olga: Api,
}

impl Clinic {
    async fn open() -> Self {
        let server = clinic().await;
        let olga = olga(&server).await;
        Self {
            _server: server,
            olga,
        }
    }

    async fn upload(&self, name: &str, bytes: &[u8]) -> Answer {
        self.olga.upload(&imports(""), name, bytes).await
    }

    async fn take(&self, name: &str) -> Answer {
        self.upload(name, &file(name)).await
    }
}

fn columns(answer: &Answer) -> Vec<&str> {
    let errors = answer.body["errors"].as_array().unwrap();
    let field = |error: &'_ Value| error["field"].as_str().unwrap().len();
    assert!(errors.iter().all(|error| field(error) > 0));
    errors
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_lacks_or_repeats_a_column_is_named_in_each_format() {
    let clinic = Clinic::open().await;
    for ending in SIX {
        let missing = clinic.take(&format!("missing.{ending}")).await;
        assert_eq!(
            (missing.status, missing.code()),
            (422, "missing_columns"),
            "{ending}"
        );
        assert_eq!(columns(&missing).len(), 2, "{ending}: {:?}", missing.body);
        let twice = clinic.take(&format!("duplicate.{ending}")).await;
        assert_eq!(
            (twice.status, twice.code()),
            (422, "duplicate_columns"),
            "{ending}"
        );
        assert_eq!(columns(&twice).len(), 1, "{ending}: {:?}", twice.body);
        let empty = clinic.take(&format!("empty.{ending}")).await;
        assert_eq!((empty.status, empty.code()), (422, "no_header"), "{ending}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_more_than_five_thousand_is_too_many_in_each_format() {
    let clinic = Clinic::open().await;
    for ending in ["xls", "ods"] {
        let many = clinic.take(&format!("many.{ending}")).await;
        assert_eq!(
            (many.status, many.code()),
            (422, "too_many_rows"),
            "{ending}"
        );
    }
    let rows = "x\n".repeat(5_002);
    for name in ["many.csv", "many.txt"] {
        let many = clinic.upload(name, rows.as_bytes()).await;
        assert_eq!((many.status, many.code()), (422, "too_many_rows"), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_a_password_says_so_in_each_format_that_has_any() {
    let clinic = Clinic::open().await;
    for ending in ["xlsx", "xls", "ods"] {
        let locked = clinic.take(&format!("locked.{ending}")).await;
        assert_eq!(
            (locked.status, locked.code()),
            (422, "encrypted_file"),
            "{ending}"
        );
    }
}

/// Leading zeros, scientific notation, dates, merged cells, line breaks, characters that nobody
/// sees or that turn the order of others, and formulas: the same rows, the same reasons.
#[tokio::test(flavor = "multi_thread")]
async fn strange_rows_are_judged_alike_in_each_format() {
    let clinic = Clinic::open().await;
    for ending in SIX {
        let staged = clinic.take(&format!("phones.{ending}")).await;
        assert_eq!(staged.status, 201, "{ending}: {:?}", staged.body);
        let is_text = ["csv", "txt"].contains(&ending);
        let mut phones = vec![
            json!([2, "+32470550140"]),
            json!([5, "+32470550143"]),
            // What is copied from a list of contacts has such marks around it.
            json!([7, "+32470550145"]),
            json!([8, "+32470550146"]),
            json!([11, "+32470550149"]),
        ];
        let mut reasons = vec![
            json!([3, ["invalid_phone"]]),
            json!([6, ["invalid_phone"]]),
            json!([9, ["control_characters"]]),
            json!([10, ["missing_last_name"]]),
            json!([13, ["control_characters"]]),
        ];
        // Text has no numbers and no formulas: it has what a spreadsheet showed.
        match is_text {
            true => {
                reasons.push(json!([4, ["invalid_phone"]]));
                phones.push(json!([12, "+32470550150"]));
                phones.push(json!([14, "+324705501525"])); // a dot parts digits
            }
            false => {
                phones.push(json!([4, "+32470550142"]));
                reasons.push(json!([12, ["formula_cell"]]));
                reasons.push(json!([14, ["invalid_phone"]]));
            }
        }
        let sorted = |mut rows: Vec<Value>| {
            rows.sort_by_key(|row| row[0].as_u64());
            rows
        };
        let rows = |list: &str, what: &str| -> Vec<Value> {
            let rows = staged.body[list].as_array().unwrap();
            rows.iter()
                .map(|row| json!([row["row"], row[what]]))
                .collect()
        };
        assert_eq!(rows("rejected", "reasons"), sorted(reasons), "{ending}");
        assert_eq!(rows("accepted", "phone"), sorted(phones), "{ending}");
    }
}
