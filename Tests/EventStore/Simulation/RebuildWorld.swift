import EventTypes
import TestSupport

@testable import EventStore

/// A log, two processes that fold it into the table that is served, and somebody who builds that
/// table anew and switches.
///
/// Faults: processes are cut off, or go on after another has taken over; answers of the database
/// get lost; the new program knows another form of the table.
struct RebuildWorld: World {
    enum Flaw: String, CaseIterable {
        case handoverReadBeforeSwitch, rowNotCompared, checkpointApart, formNotFenced
    }

    static let turns = 160

    /// The row of the projection, and its tables: the positions that were folded into each.
    struct Shelf {
        var checkpoint: Int64 = 0
        var fence: Int64 = 0
        var form = 1
        var previousCheckpoint: Int64?
        var live: [Int64] = []
        var previous: [Int64] = []
        /// Who holds the row: a worker, or 2 for the rebuild.
        var holder: Int?
    }

    struct Worker {
        var cursor: ProjectionCursor?
        /// What it folds in the transaction that is open, and whether that is committed apart.
        var until: Int64?
        var isHolding = false
        var checkpointOwed: Int64?
        let form: Int
    }

    enum Rebuild {
        case none
        case building(until: Int64, form: Int)
        case catchingUp(form: Int)
        case holding(Handover, form: Int)
    }

    let flaw: Flaw?
    let limit: Int64
    var head: Int64 = 0
    var shelf = Shelf()
    var workers = [Worker(form: 1), Worker(form: 1), Worker(form: 2)]
    var rebuild = Rebuild.none
    var shadow: [Int64] = []
    var rebuilds = 0

    init(_ flaw: Flaw?, _ run: inout Run) {
        self.flaw = flaw
        limit = Int64(8 + run.pick(12))
    }

    mutating func step(_ run: inout Run) throws(Violation) {
        switch run.pick(10) {
        case 0, 1: if head < limit { head += 1 }
        case 2, 3, 4, 5: try work(run.pick(3), &run)
        case 6, 7, 8: try build(&run)
        default: disturb(&run)
        }
        try look()
    }

    private mutating func disturb(_ run: inout Run) {
        if run.isCalm { return }
        if run.strikes(30) {
            run.say("the rebuild is cut off")
            rebuild = .none
            if shelf.holder == 3 { shelf.holder = nil }
        }
        let number = run.pick(3)
        if run.strikes(30) {
            run.say("worker \(number + 1) is cut off")
            workers[number] = Worker(form: workers[number].form)
            if shelf.holder == number { shelf.holder = nil }
        }
    }

    // MARK: Workers

    private mutating func work(_ number: Int, _ run: inout Run) throws(Violation) {
        let worker = workers[number]
        if let owed = worker.checkpointOwed {
            shelf.checkpoint = owed
            workers[number].checkpointOwed = nil
            workers[number].cursor?.applied(upTo: owed)
            return
        }
        guard let cursor = worker.cursor else { return lead(number, &run) }
        if worker.isHolding { return commit(number, cursor, &run) }
        if let until = worker.until {
            guard shelf.holder == nil else { return }
            if flaw != .rowNotCompared,
                !cursor.fits(checkpoint: shelf.checkpoint, fence: shelf.fence)
            {
                run.say("worker \(number + 1) is fenced out")
                workers[number] = Worker(form: worker.form)
                return
            }
            shelf.holder = number
            workers[number].isHolding = true
            run.say("worker \(number + 1) folds up to \(until)")
        } else if head > cursor.checkpoint {
            workers[number].until = min(head, cursor.checkpoint + 1 + Int64(run.pick(4)))
        }
    }

    /// Takes over, whoever leads: a lock may be lost without notice.
    private mutating func lead(_ number: Int, _ run: inout Run) {
        guard shelf.holder == nil else { return }
        let isNeeded =
            run.isCalm
            ? !workers.contains { $0.cursor.map { $0.fence == shelf.fence } ?? false }
            : true
        guard isNeeded, shelf.form == workers[number].form else { return }
        shelf.fence += 1
        workers[number].cursor = ProjectionCursor(
            checkpoint: shelf.checkpoint, fence: shelf.fence)
        run.say("worker \(number + 1) takes over at \(shelf.checkpoint)")
    }

    private mutating func commit(
        _ number: Int, _ cursor: ProjectionCursor, _ run: inout Run
    ) {
        guard let until = workers[number].until else { return }
        shelf.holder = nil
        workers[number].isHolding = false
        workers[number].until = nil
        if run.strikes(5) { return run.say("worker \(number + 1) is rolled back") }
        if cursor.checkpoint < until { shelf.live += (cursor.checkpoint + 1)...until }
        if flaw == .checkpointApart {
            workers[number].checkpointOwed = until
            return
        }
        shelf.checkpoint = until
        if run.strikes(5) { return run.say("worker \(number + 1) does not hear of its commit") }
        workers[number].cursor?.applied(upTo: until)
    }

    // MARK: Rebuild

    private mutating func build(_ run: inout Run) throws(Violation) {
        switch rebuild {
        case .none:
            guard rebuilds < 3, run.isCalm ? shelf.form == 1 : run.pick(4) == 0 else { return }
            rebuilds += 1
            let form = run.isCalm || run.pick(2) == 0 ? 2 : shelf.form
            shadow = []
            rebuild = .building(until: head, form: form)
            run.say("a rebuild begins, up to \(head), in form \(form)")
        case .building(let until, let form):
            if until > 0 { shadow += 1...until }
            rebuild = .catchingUp(form: form)
        case .catchingUp(let form):
            let reached = Int64(shadow.count)
            if let next = Handover.catchUp(
                reached: reached, checkpoint: shelf.checkpoint, nearness: 2)
            {
                shadow += (reached + 1)...next
            } else if flaw == .handoverReadBeforeSwitch || shelf.holder == nil {
                if flaw != .handoverReadBeforeSwitch { shelf.holder = 3 }
                let fence = flaw == .formNotFenced ? shelf.fence - 1 : shelf.fence
                rebuild = .holding(
                    Handover(
                        checkpoint: shelf.checkpoint,
                        fence: shelf.form == form ? shelf.fence : fence,
                        hasSameForm: shelf.form == form, reached: reached), form: form)
            }
        case .holding(let plan, let form): try change(plan, form, &run)
        }
    }

    private mutating func change(
        _ plan: Handover, _ form: Int, _ run: inout Run
    ) throws(Violation) {
        if flaw == .handoverReadBeforeSwitch, shelf.holder != nil { return }
        rebuild = .none
        if shelf.holder == 3 { shelf.holder = nil }
        if run.strikes(5) { return run.say("the switch is rolled back") }
        if plan.reached < plan.position { shadow += (plan.reached + 1)...plan.position }
        if let present = plan.present {
            if present < plan.position { shelf.live += (present + 1)...plan.position }
            if shelf.live != shadow {
                throw Violation("the tables differ although both are at \(plan.position)")
            }
        }
        run.say("the new table takes over at \(plan.position)")
        shelf.previous = shelf.live
        shelf.previousCheckpoint = plan.previous
        shelf.live = shadow
        shelf.checkpoint = plan.position
        shelf.fence = plan.fence
        shelf.form = form
    }

    // MARK: What must be

    private func look() throws(Violation) {
        if flaw == .checkpointApart, workers.contains(where: { $0.checkpointOwed != nil }) {
            return
        }
        try compare(shelf.live, shelf.checkpoint, "the table")
        if let previous = shelf.previousCheckpoint {
            try compare(shelf.previous, previous, "the table of before")
        }
        for worker in workers where worker.isHolding && worker.form != shelf.form {
            throw Violation("a worker folds into a table of another form")
        }
    }

    private func compare(
        _ table: [Int64], _ checkpoint: Int64, _ name: String
    ) throws(Violation) {
        guard Int64(table.count) == checkpoint, table.last ?? 0 == checkpoint else {
            throw Violation("\(name) is at \(checkpoint), and holds \(table)")
        }
    }

    var isAtRest: Bool {
        guard head == limit, shelf.checkpoint == limit, shelf.holder == nil else { return false }
        if case .none = rebuild { return true }
        return false
    }

    func check() throws(Violation) {
        if shelf.live != Array(1...limit) { throw Violation("the table holds \(shelf.live)") }
    }
}
