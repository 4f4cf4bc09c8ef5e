internal import EventTypes

/// The timers that take a checkout up when nobody works on it. Pure: what changes with an event is
/// committed in the same unit, and so is what a timer that is due leaves behind.
enum CheckoutTimers {
    /// How long after the start, and how often, somebody looks whether a checkout goes on.
    static let watch: Duration = .seconds(10)

    enum Name: String, CaseIterable, Sendable {
        /// Set from the start to the end.
        case watch
        /// When a pause is over.
        case retry
    }

    enum Change: Sendable, Equatable {
        case set(Name, at: Timestamp)
        case cancelAll
    }

    /// What changes with an event.
    static func change(with event: CheckoutEvent) -> Change? {
        switch event {
        case .started(let fact): .set(.watch, at: fact.startedAt + watch)
        case .retried(let fact): .set(.watch, at: fact.retriedAt + watch)
        case .attemptFailed(let fact): .set(.retry, at: fact.retryAt)
        case .completed, .failed: .cancelAll
        case .confirmed, .fundsHeld, .orderPlaced, .paid, .turnedBack, .holdReleased,
            .stockReleased, .stuck:
            nil
        }
    }

    /// Whether somebody is to go on when a timer is due. Where a person is asked, nobody is.
    static func goesOn(_ state: Checkout.State) -> Bool {
        !state.phase.isOver && !state.isStuck
    }

    /// When a timer that is due is due again; nil for never.
    static func next(
        _ name: Name, due: Timestamp, now: Timestamp, _ state: Checkout.State
    ) -> Timestamp? {
        name == .watch && goesOn(state) ? max(now, due) + watch : nil
    }
}
