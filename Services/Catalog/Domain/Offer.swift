internal import EventTypes

/// The rules of an offer. Its terms are numbered and never changed: a click is held to the version
/// that it saw.
enum Offer: Decider {
    static let category = "offer"
    static let initial = State()

    /// The place in the tracking address where the click's identifier goes.
    static let placeholder = "{click_id}"
    /// A reward above the whole sale would be a mistake.
    static let mostBasisPoints: Int64 = 10_000

    struct State: Sendable, Equatable {
        /// absent → drafted → published → withdrawn
        enum Phase: Sendable, Equatable { case absent, drafted, published, withdrawn }

        var phase = Phase.absent
        var draft: OfferDrafted?
        var terms: [OfferTerms] = []
    }

    /// Terms as they are asked for; the number comes from the offer.
    struct Proposal: Sendable, Equatable {
        var reward: Reward
        var cap: Money?
        var currency: Currency
        var validFrom: Timestamp
        var validUntil: Timestamp?
        var regions: [String]
    }

    enum Command: Sendable {
        case draft(OfferDrafted)
        case publish(Proposal)
        case withdraw(reason: String)
    }

    enum Refusal: Error, Equatable {
        case exists
        case unknown
        case withdrawn
        case placeholderMissing
        case rewardOutOfRange
        case currencyMismatch
        case capNotPositive
        case endsBeforeStart
        case unknownRegion(String)
    }

    static func decide(_ command: Command, _ state: State) throws(Refusal) -> [OfferEvent] {
        switch (command, state.phase) {
        case (.draft(let fact), .absent):
            let pieces = fact.trackingURL.split(
                separator: placeholder, omittingEmptySubsequences: false)
            guard pieces.count == 2 else { throw .placeholderMissing }
            return [.drafted(fact)]
        case (.draft, _): throw .exists
        case (_, .absent): throw .unknown
        case (.publish, .withdrawn): throw .withdrawn
        case (.publish(let proposal), _):
            guard let draft = state.draft else { throw .unknown }
            try check(proposal)
            let terms = OfferTerms(
                version: state.terms.count + 1, reward: proposal.reward, cap: proposal.cap,
                currency: proposal.currency, validFrom: proposal.validFrom,
                validUntil: proposal.validUntil, regions: proposal.regions)
            if let last = state.terms.last, last.isSame(as: terms) { return [] }
            return [.termsPublished(OfferTermsPublished(offer: draft, terms: terms))]
        case (.withdraw, .withdrawn): return []
        case (.withdraw(let reason), _): return [.withdrawn(OfferWithdrawn(reason: reason))]
        }
    }

    private static func check(_ proposal: Proposal) throws(Refusal) {
        switch proposal.reward {
        case .percentage(let basisPoints):
            guard (1...mostBasisPoints).contains(basisPoints) else { throw .rewardOutOfRange }
        case .fixed(let amount):
            guard amount.isPositive else { throw .rewardOutOfRange }
            guard amount.currency == proposal.currency else { throw .currencyMismatch }
        }
        if let cap = proposal.cap {
            guard cap.isPositive else { throw .capNotPositive }
            guard cap.currency == proposal.currency else { throw .currencyMismatch }
        }
        if let end = proposal.validUntil, end <= proposal.validFrom { throw .endsBeforeStart }
        for region in proposal.regions {
            guard region.count == 2, region.allSatisfy({ ("A"..."Z").contains($0) }) else {
                throw .unknownRegion(region)
            }
        }
    }

    static func evolve(_ state: inout State, _ event: OfferEvent) {
        switch event {
        case .drafted(let fact):
            state.phase = .drafted
            state.draft = fact
        case .termsPublished(let fact):
            state.phase = .published
            state.terms.append(fact.terms)
        case .withdrawn:
            state.phase = .withdrawn
        }
    }
}

extension OfferTerms {
    /// Whether only the number differs.
    func isSame(as other: OfferTerms) -> Bool {
        reward == other.reward && cap == other.cap && currency == other.currency
            && validFrom == other.validFrom && validUntil == other.validUntil
            && regions == other.regions
    }
}
