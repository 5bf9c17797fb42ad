//! What one node believes of overlays that another node changed.

use std::sync::Arc;

use tillbell::{
    clock::Clock,
    directory::{Directory, OverlayKey},
    keys::Keys,
    settings::Settings,
    store::{
        Store,
        sqlite::{Options, SqliteStore},
    },
};

/// Two nodes' directories, over one store; neither hears the other's wakes.
fn two(dir: &tempfile::TempDir) -> [Directory; 2] {
    let options = Options { ballast: 0, ..Options::new(dir.path(), Clock::start()) };
    let store: Arc<dyn Store> = SqliteStore::open(options).unwrap();
    let keys = Keys::derive(&Keys::new_master().unwrap()).unwrap();
    [(); 2].map(|()| Directory::new(Arc::clone(&store), keys.clone(), Vec::new(), None))
}

#[tokio::test]
async fn a_new_key_opens_at_once_where_the_old_one_is_believed() {
    let dir = tempfile::tempdir().unwrap();
    let [here, there] = two(&dir);
    let me = "me".parse().unwrap();
    here.add_streamer(&me, Settings::default()).await.unwrap();
    let overlay = here.overlays(&me).await.unwrap().remove(0);
    let old = here.overlay_key(&overlay);
    assert!(matches!(there.overlay_of_key(&old).await, Ok(OverlayKey::Opens(_))));

    let overlay = here.rotate_overlay(overlay).await.unwrap();
    assert!(matches!(here.overlay_of_key(&old).await, Ok(OverlayKey::Bad)), "who changed it knows");
    let new = here.overlay_key(&overlay);
    assert!(matches!(there.overlay_of_key(&new).await, Ok(OverlayKey::Opens(_))));
    assert!(matches!(there.overlay_of_key(&old).await, Ok(OverlayKey::Bad)), "it has learnt of it");
}
