import EventTypes
import TestSupport

@testable import EventStore

/// Timers that are set, moved and cancelled by commands, and two workers that handle those that are
/// due by the database's clock.
///
/// Faults: workers are cut off or stand still until their leases are over, answers of the database
/// get lost, handlers fail.
struct TimerWorld: World {
    enum Flaw: String, CaseIterable {
        case removedBeforeEffect, leaseNotCompared, removedApart
    }

    static let turns = 140

    /// A row of the timers.
    struct Row {
        var setting: Int
        var readyAt: Int
        var attempts = 0
        var lease: Int?
    }

    struct Worker {
        /// What it has leased and not handled yet.
        var leased: [(key: Int, setting: Int, lease: Int, turn: TimerTurn)] = []
        var owed: Int?
    }

    let flaw: Flaw?
    var now = 0
    var rows: [Int: Row] = [:]
    var workers = [Worker(), Worker()]
    var lastLease = 0
    /// Each time that a timer is set has a number; what became of it.
    var settings: [(key: Int, isOver: Bool, effects: Int)] = []
    let limit: Int

    init(_ flaw: Flaw?, _ run: inout Run) {
        self.flaw = flaw
        limit = 3 + run.pick(5)
    }

    mutating func step(_ run: inout Run) throws(Violation) {
        switch run.pick(10) {
        case 0: now += 1 + run.pick(20)
        case 1: command(&run)
        case 2, 3, 4, 5: try work(0, &run)
        case 6, 7, 8: try work(1, &run)
        default:
            guard run.strikes(40) else { return }
            let number = run.pick(2)
            run.say("worker \(number + 1) is killed")
            workers[number] = Worker()
        }
    }

    /// Sets a timer, moves it, or cancels it.
    private mutating func command(_ run: inout Run) {
        let key = run.pick(3)
        if run.strikes(20), let row = rows[key] {
            run.say("timer \(key) is cancelled")
            settings[row.setting].isOver = true
            rows[key] = nil
            return
        }
        guard settings.count < limit else { return }
        if let row = rows[key] { settings[row.setting].isOver = true }
        settings.append((key, false, 0))
        rows[key] = Row(setting: settings.count - 1, readyAt: now + run.pick(30))
        run.say("timer \(key) is set, for the \(settings.count). time")
    }

    private mutating func work(_ number: Int, _ run: inout Run) throws(Violation) {
        if let owed = workers[number].owed {
            rows[owed] = nil
            workers[number].owed = nil
            return
        }
        guard let (key, setting, lease, turn) = workers[number].leased.first else {
            return claim(number, &run)
        }
        switch turn.next {
        case .done: workers[number].leased.removeFirst()
        case .postpone(let pause):
            if rows[key]?.lease == lease, !run.strikes(5) {
                rows[key]?.lease = nil
                rows[key]?.readyAt = now + Int(pause.components.seconds)
            }
            workers[number].leased[0].turn.postponed()
        case .handle: try handle(number, key, setting, lease, &run)
        }
    }

    private mutating func claim(_ number: Int, _ run: inout Run) {
        lastLease += 1
        for key in 0..<3 {
            guard let row = rows[key], row.readyAt <= now else { continue }
            rows[key]?.lease = lastLease
            rows[key]?.attempts += 1
            rows[key]?.readyAt = now + 30
            workers[number].leased.append(
                (key, row.setting, lastLease, TimerTurn(attempts: row.attempts)))
            run.say("worker \(number + 1) leases timer \(key)")
            if flaw == .removedBeforeEffect { rows[key] = nil }
        }
    }

    /// The transaction with the handler's effect and the removal.
    private mutating func handle(
        _ number: Int, _ key: Int, _ setting: Int, _ lease: Int, _ run: inout Run
    ) throws(Violation) {
        if run.strikes(10) {
            run.say("worker \(number + 1) fails at timer \(key)")
            return workers[number].leased[0].turn.failed()
        }
        let isHeld = rows[key]?.lease == lease || flaw == .removedBeforeEffect
        guard isHeld || flaw == .leaseNotCompared else {
            run.say("worker \(number + 1) has lost the lease of timer \(key)")
            return workers[number].leased[0].turn.wasGone()
        }
        if settings[setting].isOver {
            throw Violation("timer \(key) was handled although it was over")
        }
        settings[setting].effects += 1
        run.say("worker \(number + 1) handles timer \(key)")
        if flaw == .removedApart {
            workers[number].owed = key
        } else {
            settings[setting].isOver = true
            rows[key] = nil
        }
        if run.strikes(10) {
            run.say("worker \(number + 1) does not hear of it")
            workers[number].leased[0].turn.failed()
        } else {
            workers[number].leased[0].turn.committed()
        }
    }

    var isAtRest: Bool {
        rows.values.isEmpty && workers.allSatisfy { $0.leased.isEmpty && $0.owed == nil }
    }

    func check() throws(Violation) {
        for setting in settings {
            if setting.effects > 1 {
                throw Violation("timer \(setting.key) was handled \(setting.effects) times")
            }
            if !setting.isOver, flaw != .removedApart {
                throw Violation("timer \(setting.key) was set, and never handled")
            }
        }
    }
}
