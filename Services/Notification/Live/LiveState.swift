internal import EventTypes
internal import Runtime

/// One connection of one replica.
struct LiveConnectionID: Hashable, Sendable {
    let number: Int
}

/// Who is connected and what they are still to be told: the hub without sockets, clock and log.
///
/// A connection joins at the position up to which the log was followed, and from then on everything
/// further is held for it. Meanwhile its past is read from the read model, which shows the log up
/// to a position of its own: what is not beyond that position is known from there, whether the hub
/// has come to it already or not. So nothing is lost and nothing is told twice, however the two
/// interleave.
struct LiveState: Sendable {
    struct Limits: Sendable {
        var connections = 10_000
        var connectionsOfOnePerson = 50
        /// Messages held for one connection that does not read: more than one batch of the log.
        var held = 1_000
        /// Messages held for all connections together; beyond these, each has `heldInNeed`.
        var heldByAll = 100_000
        var heldInNeed = 64

        init() {}
    }

    /// A frame in the form in which it is sent.
    struct Message: Sendable, Equatable {
        /// Nil for answers, which no cursor counts.
        let position: Int64?
        let text: String
    }

    /// What the owner of the sockets has to do.
    enum Step: Sendable, Equatable {
        /// Start to take messages with `next` until there is none.
        case write(LiveConnectionID)
        case close(LiveConnectionID, LiveEnd)
    }

    private struct Member: Sendable {
        let userID: UserID
        let expiresAt: Timestamp?
        /// Up to where the past has told the log; nil while that is not known.
        var shown: Int64?
        /// Somebody takes messages with `next`.
        var isWriting = false
        /// What the connection missed; taken first.
        var past: ArraySlice<Message> = []
        var messages: ArraySlice<Message> = []
    }

    let limits: Limits
    /// Up to where the log was followed.
    private(set) var position: Int64
    private var members: [LiveConnectionID: Member] = [:]
    private var people: [UserID: [LiveConnectionID]] = [:]
    private var lastNumber = 0
    /// Messages held for all connections, those of their pasts not counted.
    private var held = 0
    /// No token ends before this.
    private var nextExpiry = Timestamp(microseconds: .max)

    init(limits: Limits = Limits(), position: Int64 = 0) {
        self.limits = limits
        self.position = position
    }

    var count: Int { members.count }

    /// Whether anybody of that name is connected here.
    func isConnected(_ user: UserID) -> Bool { people[user] != nil }

    // MARK: Coming

    /// Takes a connection in. Everything after the position given is held for it.
    ///
    /// - Throws: `LiveEnd.overloaded` when there are too many.
    mutating func join(
        _ user: UserID, expiresAt: Timestamp?
    ) throws(LiveEnd) -> (id: LiveConnectionID, position: Int64) {
        guard members.count < limits.connections,
            people[user]?.count ?? 0 < limits.connectionsOfOnePerson
        else { throw .overloaded }
        lastNumber += 1
        let id = LiveConnectionID(number: lastNumber)
        members[id] = Member(userID: user, expiresAt: expiresAt)
        if let expiresAt { nextExpiry = min(nextExpiry, expiresAt) }
        people[user, default: []].append(id)
        return (id, position)
    }

    /// The connection's past is known: `past` tells it and shows the log up to `shown`, which is at
    /// least the position that it joined at.
    mutating func admit(
        _ id: LiveConnectionID, past: [Message], shown: Int64
    ) -> Step? {
        guard var member = members[id], member.shown == nil else { return nil }
        member.shown = shown
        member.past = past[...]
        let before = member.messages.count
        member.messages.removeAll { $0.position.map { $0 <= shown } ?? false }
        held -= before - member.messages.count
        member.isWriting = true
        members[id] = member
        return .write(id)
    }

    // MARK: Telling

    /// The log was followed up to `position`; these changes are what it said.
    ///
    /// - Parameter encode: the text of a frame; asked only for frames that somebody gets.
    mutating func publish(
        _ changes: [LiveChange], upTo position: Int64, encode: (LiveFrame) -> String
    ) -> [Step] {
        var steps: [Step] = []
        for change in changes where change.position > self.position {
            guard let ids = people[change.userID] else { continue }
            switch change.effect {
            case .end:
                for id in ids { steps.append(end(id, .expired)) }
            case .tell(let frame):
                let message = Message(position: change.position, text: encode(frame))
                for id in ids {
                    if let step = hold(message, for: id) { steps.append(step) }
                }
            }
        }
        self.position = max(self.position, position)
        return steps
    }

    /// Goes to the end of the log without reading it, if nobody is connected who could miss
    /// something.
    mutating func skip(to position: Int64) {
        if members.isEmpty { self.position = max(self.position, position) }
    }

    /// Tells one connection something that is not in the log.
    mutating func answer(_ id: LiveConnectionID, _ text: String) -> Step? {
        hold(Message(position: nil, text: text), for: id)
    }

    private mutating func hold(_ message: Message, for id: LiveConnectionID) -> Step? {
        guard let place = members.index(forKey: id) else { return nil }
        let shown = members.values[place].shown
        if let shown, let position = message.position, position <= shown { return nil }
        let room = held < limits.heldByAll ? limits.held : limits.heldInNeed
        guard members.values[place].messages.count < room else { return end(id, .tooSlow) }
        members.values[place].messages.append(message)
        held += 1
        guard shown != nil, !members.values[place].isWriting else { return nil }
        members.values[place].isWriting = true
        return .write(id)
    }

    /// The next message; nil when there is none, and the taker stops.
    mutating func next(_ id: LiveConnectionID) -> Message? {
        guard let place = members.index(forKey: id) else { return nil }
        if let message = members.values[place].past.popFirst() {
            if members.values[place].past.isEmpty { members.values[place].past = [] }
            return message
        }
        guard !members.values[place].messages.isEmpty else {
            // Gives back the memory.
            members.values[place].messages = []
            members.values[place].isWriting = false
            return nil
        }
        held -= 1
        return members.values[place].messages.popFirst()
    }

    // MARK: Going

    /// Ends the connections whose tokens are no longer good.
    mutating func expire(at now: Timestamp) -> [Step] {
        guard now >= nextExpiry else { return [] }
        var expired: [LiveConnectionID] = []
        nextExpiry = Timestamp(microseconds: .max)
        for (id, member) in members {
            guard let end = member.expiresAt else { continue }
            if end <= now { expired.append(id) } else { nextExpiry = min(nextExpiry, end) }
        }
        return expired.sorted { $0.number < $1.number }.map { end($0, .expired) }
    }

    /// The connection is gone. Without effect when it was ended already.
    mutating func leave(_ id: LiveConnectionID) {
        guard let member = members.removeValue(forKey: id) else { return }
        held -= member.messages.count
        people[member.userID]?.removeAll { $0 == id }
        if people[member.userID]?.isEmpty == true { people[member.userID] = nil }
    }

    private mutating func end(_ id: LiveConnectionID, _ end: LiveEnd) -> Step {
        leave(id)
        return .close(id, end)
    }
}
