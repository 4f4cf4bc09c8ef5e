internal import Synchronization

/// The faults that are planned.
final class MailFaults: Sendable {
    /// One kind of fault and how often it is still to strike.
    struct Plan: Codable, Equatable, Sendable {
        var fault: MailFault
        var remaining: Int
    }

    private let plans = Mutex<[Plan]>([])

    /// What is still to come.
    var pending: [Plan] { plans.withLock { $0 } }

    /// Replaces what was planned.
    func set(_ new: [Plan]) { plans.withLock { $0 = new.filter { $0.remaining > 0 } } }

    /// What happens now; a planned fault is used up by that.
    func take(at moment: MailFault.Moment, for recipients: [String]) -> MailFault? {
        for recipient in recipients {
            if let fault = MailFault.asked(by: recipient, at: moment) { return fault }
        }
        return plans.withLock { plans in
            guard let index = plans.firstIndex(where: { $0.fault.moment == moment }) else {
                return nil
            }
            let fault = plans[index].fault
            plans[index].remaining -= 1
            if plans[index].remaining == 0 { plans.remove(at: index) }
            return fault
        }
    }
}
