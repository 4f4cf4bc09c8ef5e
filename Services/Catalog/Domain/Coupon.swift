internal import EventTypes

/// The rules of a coupon: each use is taken by name, and never more than there are.
enum Coupon: Decider {
    static let category = "coupon"
    static let initial = State()

    struct State: Sendable, Equatable {
        /// absent → issued → revoked
        enum Phase: Sendable, Equatable { case absent, issued, revoked }

        var phase = Phase.absent
        var issue: CouponIssued?
        var uses: Set<String> = []
    }

    enum Command: Sendable {
        case issue(CouponIssued)
        case use(id: String, at: Timestamp)
        case releaseUse(id: String)
        case revoke(reason: String)
    }

    enum Refusal: Error, Equatable {
        case exists
        case unknown
        case revoked
        case notValidYet
        case expired
        case usedUp
        case codeMalformed
        case discountOutOfRange
        case endsBeforeStart
    }

    static func decide(_ command: Command, _ state: State) throws(Refusal) -> [CouponEvent] {
        if case .issue(let fact) = command {
            guard state.phase == .absent else { throw .exists }
            try check(fact)
            return [.issued(fact)]
        }
        guard let issue = state.issue else { throw .unknown }
        switch command {
        case .issue: throw .exists
        case .use(let id, let time):
            if state.uses.contains(id) { return [] }
            guard state.phase == .issued else { throw .revoked }
            guard time >= issue.validFrom else { throw .notValidYet }
            if let end = issue.validUntil, time >= end { throw .expired }
            if let most = issue.mostUses, state.uses.count >= most { throw .usedUp }
            return [.used(CouponUsed(useID: id, usedAt: time))]
        case .releaseUse(let id):
            return state.uses.contains(id) ? [.useReleased(CouponUseReleased(useID: id))] : []
        case .revoke(let reason):
            return state.phase == .revoked ? [] : [.revoked(CouponRevoked(reason: reason))]
        }
    }

    private static func check(_ fact: CouponIssued) throws(Refusal) {
        let isCode =
            (3...40).contains(fact.code.count)
            && fact.code.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || $0 == UInt8(ascii: "-")
            }
        guard isCode else { throw .codeMalformed }
        switch fact.discount {
        case .percentage(let points):
            guard (1...Offer.mostBasisPoints).contains(points) else { throw .discountOutOfRange }
        case .fixed(let amount): guard amount.isPositive else { throw .discountOutOfRange }
        }
        if let most = fact.mostUses, most < 1 { throw .discountOutOfRange }
        if let end = fact.validUntil, end <= fact.validFrom { throw .endsBeforeStart }
    }

    static func evolve(_ state: inout State, _ event: CouponEvent) {
        switch event {
        case .issued(let fact):
            state.phase = .issued
            state.issue = fact
        case .used(let fact): state.uses.insert(fact.useID)
        case .useReleased(let fact): state.uses.remove(fact.useID)
        case .revoked: state.phase = .revoked
        }
    }
}
