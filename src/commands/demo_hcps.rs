//! The example clinic's directory: a practice with a ward, and the people there.
use crate::{
    audit::Doer,
    config::Config,
    hcps::{self, Details, Filter, HcpType, Listing, Sort},
    organizations::{self, Directory},
    store::{Schema, Tx},
};

/// Who is in it, and whether he belongs to the ward.
const PEOPLE: [(&str, &str, &str, bool); 4] = [
    ("Amara", "Okafor", "amara.okafor@example.test", true),
    ("Inés", "García", "ines.garcia@example.test", true),
    ("Tom", "Becker", "tom.becker@example.test", true),
    ("Noor", "El-Sayed", "noor.el-sayed@example.test", false),
];

/// Fills the directory of the database with this id, unless somebody is in it.
pub(super) async fn fill(config: &Config, id: &str) -> anyhow::Result<()> {
    let store = super::open(config, Schema::Require).await?;
    let mut tx = store.write().await?;
    if let Some(directory) = organizations::directory(&mut tx, id.parse()?).await?
        && is_empty(&mut tx, &directory).await?
    {
        let practice = add(
            &mut tx,
            &directory,
            of_organization("Northgate Practice", None),
        )
        .await?;
        let ward = of_organization("Children’s ward", practice);
        let ward = add(&mut tx, &directory, ward).await?;
        for (first_name, last_name, email, is_of_ward) in PEOPLE {
            let person = Details {
                first_name: Some(first_name.to_owned()),
                last_name: Some(last_name.to_owned()),
                email: Some(email.to_owned()),
                parent_id: ward.clone().filter(|_| is_of_ward),
                ..Details::default()
            };
            add(&mut tx, &directory, (HcpType::Professional, person)).await?;
        }
    }
    tx.commit().await?;
    store.close().await;
    Ok(())
}

async fn is_empty(tx: &mut Tx, directory: &Directory) -> anyhow::Result<bool> {
    let listing = Listing {
        database: directory.database.id,
        filter: Filter::default(),
        sort: Sort::Age,
        after: String::new(),
        limit: 1,
    };
    let found = hcps::page(tx, &listing).await?;
    Ok(found.is_ok_and(|found| found.hcps.is_empty()))
}

fn of_organization(name: &str, parent_id: Option<String>) -> (HcpType, Details) {
    let details = Details {
        name: Some(name.to_owned()),
        parent_id,
        ..Details::default()
    };
    (HcpType::Organization, details)
}

/// Adds an HCP and gives its id.
async fn add(
    tx: &mut Tx,
    directory: &Directory,
    (kind, details): (HcpType, Details),
) -> anyhow::Result<Option<String>> {
    let Ok(fit) = details.check(kind) else {
        return Ok(None);
    };
    let by = Doer::Machine("demo".to_owned());
    let made = hcps::create(tx, directory, &fit, &by).await?;
    Ok(made.ok().map(|hcp| hcp.id.to_string()))
}
