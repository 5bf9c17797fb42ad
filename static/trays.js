// What needs a person: alerts that wait for a verdict, and alerts that viewers missed.

/** Two trays, each by id. An alert is sorted anew whenever it was read. */
export class Trays {
  /** What a person has to decide about. */
  held = new Map();
  /** What viewers missed or were cut off from, and could be shown again. */
  missed = new Map();

  clear() {
    this.held.clear();
    this.missed.clear();
  }

  sort(alert) {
    keep(this.held, alert, alert.state === "held");
    keep(this.missed, alert, canBeMadeGood(alert));
  }
}

// What several orders were shown on is replayed order by order.
const canBeMadeGood = ({ state, test, refunded, replay_waiting: waits, members }) =>
  ["missed", "interrupted"].includes(state) && !test && !refunded && !waits && !members?.length;

function keep(tray, alert, belongs) {
  if (belongs) tray.set(alert.id, alert);
  else tray.delete(alert.id);
}
