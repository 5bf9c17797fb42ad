use std::sync::mpsc as blocking;

use super::*;

fn writer() -> (tempfile::TempDir, Writer) {
    let dir = tempfile::tempdir().unwrap();
    let open = || Connection::open(dir.path().join("db")).unwrap();
    open().execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER)").unwrap();
    let (wal, ballast) = (dir.path().join("db-wal"), Ballast::fill(dir.path(), 0));
    let writer = Writer::start(open(), open(), wal, ballast, Broken::default()).unwrap();
    (dir, writer)
}

/// Adds a row, then has this outcome.
async fn add(writer: &Writer, number: i64, outcome: Outcome) -> Outcome {
    let job = move |db: &Connection| {
        db.execute("INSERT INTO t VALUES (?1)", [number])?;
        outcome
    };
    writer.run(job).await
}

/// Runs jobs that are all there when one transaction begins, so share it.
async fn together(writer: &Writer, outcomes: [Outcome; 3]) -> [bool; 3] {
    let (open, gate) = blocking::channel::<()>();
    let (started, running) = oneshot::channel();
    let closed = writer.run(move |_| {
        let _ = started.send(());
        // Ends when the sender is dropped.
        let _ = gate.recv();
        Ok(())
    });
    let [one, two, three] = outcomes;
    let behind = async {
        running.await.unwrap();
        // Polled in this order: each job is queued before the gate opens.
        let (one, two, three, ()) = tokio::join!(
            biased;
            add(writer, 1, one),
            add(writer, 2, two),
            add(writer, 3, three),
            async { drop(open) },
        );
        [one.is_ok(), two.is_ok(), three.is_ok()]
    };
    let (first, done) = tokio::join!(closed, behind);
    first.unwrap();
    done
}

async fn rows(writer: &Writer) -> Vec<i64> {
    let job = |db: &Connection| {
        let mut all = db.prepare("SELECT n FROM t ORDER BY n")?;
        let all = all.query_map([], |row| row.get(0))?;
        Ok(all.collect::<Result<_, _>>()?)
    };
    writer.run(job).await.unwrap()
}

#[tokio::test]
async fn a_failed_job_undoes_itself_alone() {
    let (_dir, writer) = writer();
    let refused = Err(StoreError::Unavailable("no".into()));
    assert_eq!(together(&writer, [Ok(()), refused, Ok(())]).await, [true, false, true]);
    assert_eq!(rows(&writer).await, [1, 3]);
}

#[tokio::test]
async fn a_full_disk_refuses_all_of_a_transaction() {
    let (_dir, writer) = writer();
    assert_eq!(together(&writer, [Ok(()), Err(StoreError::Full), Ok(())]).await, [false; 3]);
    assert_eq!(rows(&writer).await, [0; 0]);
    assert!(add(&writer, 4, Ok(())).await.is_ok(), "the next one is tried");
}

#[tokio::test]
async fn after_a_broken_write_nothing_is_written() {
    let (_dir, writer) = writer();
    let broken = Err(StoreError::Broken("disk I/O error".into()));
    assert_eq!(together(&writer, [Ok(()), broken, Ok(())]).await, [false; 3]);
    let refused = add(&writer, 4, Ok(())).await.unwrap_err();
    assert!(matches!(refused, StoreError::Broken(_)), "{refused}");
}

#[tokio::test]
async fn a_stuck_writer_is_unavailable() {
    let (_dir, writer) = writer();
    let (open, gate) = blocking::channel::<()>();
    let stuck = writer.run_within(Duration::from_millis(1), move |_| {
        let _ = gate.recv();
        Ok(())
    });
    let refused = stuck.await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");
    drop(open);
}

#[tokio::test]
async fn what_is_queued_is_done_before_the_end() {
    let (dir, writer) = writer();
    assert!(add(&writer, 1, Ok(())).await.is_ok());
    writer.stop().await;
    let refused = add(&writer, 2, Ok(())).await.unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");
    let db = Connection::open(dir.path().join("db")).unwrap();
    let count: i64 = db.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 1);
}
