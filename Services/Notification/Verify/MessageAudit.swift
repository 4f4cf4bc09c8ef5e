internal import EventStore
internal import EventTypes

/// Everything that people were told, folded anew from the log by nothing but the rules.
struct MessageAudit: Sendable {
    private struct Telling: Hashable {
        let cause: EventID
        let user: UserID
        let type: NotificationType
    }

    /// How far one message is.
    private struct Journey {
        var attempts = 0
        var isUnderWay = false
        /// It left, or perhaps did: nothing may follow but a person's order.
        var isOver = false
        var isAccepted = false
        var isUncertain = false
    }

    private var tellings: Set<Telling> = []
    private var journeys: [EventID: Journey] = [:]
    private var mailed: Set<NotificationID> = []
    private var toMail: Set<NotificationID> = []

    private(set) var notices = 0
    private(set) var noticeFaults: [String] = []
    private(set) var attemptFaults: [String] = []
    private(set) var pairFaults: [String] = []

    var messages: Int { journeys.count }

    mutating func fold(_ event: RecordedEvent) {
        do {
            switch String(event.stream.category) {
            case Notification.category:
                if case .raised(let fact) = try event.decode(NotificationEvent.self) { fold(fact) }
            case EmailMessage.category:
                guard let id = EventID(String(event.stream.key)) else { return }
                fold(try event.decode(EmailEvent.self), of: id)
            default: break
            }
        } catch {
            noticeFaults.append("event \(event.position) cannot be read: \(error)")
        }
    }

    /// To be called after the last event.
    mutating func finish() {
        for id in toMail.subtracting(mailed).sorted() {
            pairFaults.append("notification \(id) is to be mailed, but has no message")
        }
        for id in mailed.subtracting(toMail).sorted() {
            pairFaults.append("notification \(id) is mailed, but was not to be")
        }
    }

    private mutating func fold(_ fact: MessageRaised) {
        notices += 1
        let telling = Telling(cause: fact.causeID, user: fact.userID, type: fact.type)
        if !tellings.insert(telling).inserted {
            noticeFaults.append(
                "\(fact.userID) is told of \(fact.causeID) as \(fact.type.rawValue) twice")
        }
        if fact.notificationID != .of(fact.type, to: fact.userID, cause: fact.causeID) {
            noticeFaults.append("notification \(fact.notificationID) has another's name")
        }
        if fact.channels.email { toMail.insert(fact.notificationID) }
    }

    private mutating func fold(_ event: EmailEvent, of id: EventID) {
        var journey = journeys[id] ?? Journey()
        func fault(_ what: String, _ faults: inout [String]) {
            faults.append("message \(id) \(what)")
        }
        switch event {
        case .queued(let fact):
            if let notification = fact.notificationID, !mailed.insert(notification).inserted {
                pairFaults.append("notification \(notification) has two messages")
            }
        case .attempted(let fact):
            if journey.isOver { fault("is attempted although it may have left", &attemptFaults) }
            if journey.isUnderWay || fact.number != journey.attempts + 1 {
                fault("has two attempts at once", &attemptFaults)
            }
            journey.attempts = fact.number
            journey.isUnderWay = true
        case .accepted(let fact):
            if journey.isAccepted { fault("is sent twice", &attemptFaults) }
            if fact.number != journey.attempts || journey.attempts == 0 {
                fault("is sent without its attempt", &attemptFaults)
            }
            journey.isAccepted = true
            journey.isUncertain = false
            journey.isOver = true
            journey.isUnderWay = false
        case .postponed: journey.isUnderWay = false
        case .givenUp:
            journey.isOver = true
            journey.isUnderWay = false
        case .unsettled:
            journey.isOver = true
            journey.isUncertain = true
            journey.isUnderWay = false
        case .sentAgain:
            if !journey.isUncertain {
                fault("is sent again although it is certain", &attemptFaults)
            }
            journey.isOver = false
            journey.isUncertain = false
        case .resumed: break
        }
        journeys[id] = journey
    }
}
