internal import EventStore
internal import EventTypes
internal import JSON

/// Releases the version that was scheduled, when its time has come.
enum ScheduledRelease {
    static let handler = TimerHandler(kind: DocumentCommands.releaseTimer) { timer, unit in
        let plan = try JSON.decode(PlannedRelease.self, from: timer.payload)
        try await DocumentCommands.change(
            plan.documentID, .releaseScheduled(plan.number, due: plan.due, now: timer.now), unit,
            isTimer: true)
    }
}
