internal import EventTypes

/// One person as somebody who is told things: where, on which channels, and whether at all.
enum Recipient: Decider {
    struct State: Sendable, Equatable {
        var address: SealedText?
        /// What the person said, by the names of the types; the rest is as by default.
        var preferences: [String: Channels] = [:]
        var isErased = false

        func channels(for subject: PreferenceSubject) -> Channels {
            var channels = preferences[subject.name] ?? subject.defaults
            // Also where a type became critical after somebody had switched it off.
            if subject.isCritical { channels.email = true }
            return channels
        }
    }

    enum Command: Sendable {
        case noteContact(UserID, SealedText)
        /// What is listed is set; what is not stays as it is.
        case prefer(UserID, [Preference], at: Timestamp)
        case erase(UserID)
    }

    enum Refusal: Error, Hashable {
        case erased
        case unknownType(index: Int)
        case typeTwice(index: Int)
        /// E-mail about this cannot be switched off.
        case emailRequired(index: Int, type: String)
        /// This is not shown in the app.
        case emailOnly(index: Int, type: String)
    }

    static let category = "recipient"
    static let initial = State()

    static func decide(_ command: Command, _ state: State) throws(Refusal) -> [RecipientEvent] {
        switch command {
        case .noteContact(let user, let address):
            if state.isErased || state.address == address { return [] }
            return [.contactNoted(ContactNoted(userID: user, address: address))]
        case .prefer(let user, let items, let time):
            if state.isErased { throw .erased }
            try check(items)
            let changed = items.filter { item in
                guard let subject = PreferenceSubject(item.type) else { return false }
                return state.channels(for: subject) != item.channels
            }
            if changed.isEmpty { return [] }
            return [
                .preferencesChanged(
                    PreferencesChanged(userID: user, items: changed, changedAt: time))
            ]
        case .erase(let user):
            return state.isErased ? [] : [.erased(RecipientErased(userID: user))]
        }
    }

    private static func check(_ items: [Preference]) throws(Refusal) {
        var seen: Set<String> = []
        for (index, item) in items.enumerated() {
            guard let subject = PreferenceSubject(item.type) else {
                throw .unknownType(index: index)
            }
            guard seen.insert(item.type).inserted else { throw .typeTwice(index: index) }
            if subject.isCritical && !item.channels.email {
                throw .emailRequired(index: index, type: item.type)
            }
            if !subject.isOnScreen && (item.channels.inApp || item.channels.live) {
                throw .emailOnly(index: index, type: item.type)
            }
        }
    }

    static func evolve(_ state: inout State, _ event: RecipientEvent) {
        switch event {
        case .contactNoted(let fact): state.address = fact.address
        case .preferencesChanged(let fact):
            for item in fact.items { state.preferences[item.type] = item.channels }
        case .erased: state = State(isErased: true)
        }
    }
}
