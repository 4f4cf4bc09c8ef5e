internal import EventStore
internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// Terms that are asked for.
struct ProposeTerms: Codable, Sendable {
    /// The most regions that terms name: more than there are.
    static let mostRegions = 250

    let reward: Reward
    var cap: Money?
    let currency: Currency
    var validFrom: Timestamp?
    var validUntil: Timestamp?
    var regions: [String]?

    enum CodingKeys: String, CodingKey {
        case reward, cap, currency, regions
        case validFrom = "valid_from"
        case validUntil = "valid_until"
    }

    func check(_ checks: inout FieldChecks, at place: String, now: Timestamp) {
        switch reward {
        case .percentage(let points):
            checks.require(
                (1...Offer.mostBasisPoints).contains(points), "\(place)/reward/basis_points",
                "must be within 1 and \(Offer.mostBasisPoints)")
        case .fixed(let amount):
            check(amount, &checks, "\(place)/reward/fixed")
        }
        if let cap { check(cap, &checks, "\(place)/cap") }
        if let validUntil {
            checks.require(
                validUntil > validFrom ?? now, "\(place)/valid_until", "must be after valid_from")
        }
        let regions = regions ?? []
        checks.require(
            regions.count <= Self.mostRegions && Set(regions).count == regions.count,
            "\(place)/regions", "must be at most \(Self.mostRegions) and differ")
        for (number, region) in regions.prefix(Self.mostRegions).enumerated() {
            let isCode = region.utf8.count == 2 && region.utf8.allSatisfy { (65...90).contains($0) }
            checks.require(isCode, "\(place)/regions/\(number)", "must be a code such as US")
        }
    }

    private func check(_ amount: Money, _ checks: inout FieldChecks, _ pointer: String) {
        checks.require(amount.isPositive, "\(pointer)/amount_minor", "must be more than zero")
        checks.require(
            amount.currency == currency, "\(pointer)/currency", "must be that of the terms")
    }

    /// Terms without a start begin when they are published.
    func proposal(now: Timestamp) -> Offer.Proposal {
        Offer.Proposal(
            reward: reward, cap: cap, currency: currency, validFrom: validFrom ?? now,
            validUntil: validUntil, regions: regions ?? [])
    }
}

/// An offer to publish.
struct PublishOffer: Codable, Sendable {
    let merchantID: MerchantID
    let title: String
    let network: String
    let trackingURL: String
    let terms: ProposeTerms

    enum CodingKeys: String, CodingKey {
        case title, network, terms
        case merchantID = "merchant_id"
        case trackingURL = "tracking_url"
    }

    func check(now: Timestamp) throws {
        var checks = FieldChecks()
        checks.text(title, "/title", 1...200)
        let isName =
            (1...40).contains(network.utf8.count)
            && network.utf8.allSatisfy {
                (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-")
            }
        checks.require(isName, "/network", "must be lower-case letters, digits and hyphens")
        checks.address(trackingURL, "/tracking_url")
        let pieces = trackingURL.split(
            separator: Offer.placeholder, omittingEmptySubsequences: false)
        checks.require(
            pieces.count == 2, "/tracking_url", "must hold \(Offer.placeholder) once")
        terms.check(&checks, at: "/terms", now: now)
        try checks.finish()
    }
}

/// Why something ends, where somebody says it.
struct EndReason: Sendable {
    static let parameter = Parameter.query("reason", String.self, "Why, in a few words.")

    let text: String

    /// - Throws: `Problem` 422 when it is too long or no plain text.
    init(_ call: Call<NoBody>) throws {
        text = try call.query("reason") ?? ""
        if let fault = FieldChecks.fault(of: text, 0...500) {
            throw Problem.queryFault("reason", fault)
        }
    }
}

extension CatalogCommands {
    func publish(
        _ body: PublishOffer, _ context: CommandContext
    ) async throws -> Committed<OfferView> {
        let now = clock.now()
        try body.check(now: now)
        let id = ids.next(OfferTag.self)
        return try await store.commit(context) { unit in
            try await Self.requireMerchant(body.merchantID, "/merchant_id", in: unit)
            try await unit.decide(
                Offer.self, id,
                .draft(
                    OfferDrafted(
                        offerID: id, merchantID: body.merchantID, title: body.title,
                        network: body.network, trackingURL: body.trackingURL)))
            try await unit.decide(Offer.self, id, .publish(body.terms.proposal(now: now)))
            return try await Self.view(id, unit)
        }
    }

    func publish(
        _ terms: ProposeTerms, of id: OfferID, ifMatch: Int64?, _ context: CommandContext
    ) async throws -> Committed<OfferView> {
        let now = clock.now()
        var checks = FieldChecks()
        terms.check(&checks, at: "", now: now)
        try checks.finish()
        return try await store.commit(context) { unit in
            unit.expect(Offer.stream(id), ifMatch)
            let last = try await unit.load(Offer.self, id).terms.last
            var proposal = terms.proposal(now: now)
            // The same terms asked for again begin when they did.
            if terms.validFrom == nil, let last {
                var same = proposal
                same.validFrom = last.validFrom
                if last.isSame(as: same) { proposal = same }
            }
            try await unit.decide(Offer.self, id, .publish(proposal))
            return try await Self.view(id, unit)
        }
    }

    func withdraw(
        _ id: OfferID, _ reason: EndReason, ifMatch: Int64?, _ context: CommandContext
    ) async throws -> Committed<OfferView> {
        try await store.commit(context) { unit in
            unit.expect(Offer.stream(id), ifMatch)
            try await unit.decide(Offer.self, id, .withdraw(reason: reason.text))
            return try await Self.view(id, unit)
        }
    }

    private static func view(_ id: OfferID, _ unit: UnitOfWork) async throws -> OfferView {
        let state = try await unit.load(Offer.self, id)
        return try found(OfferView(state, version: unit.version(of: Offer.stream(id))))
    }
}

extension OfferTerms {
    /// Whether these are what a proposal asks for.
    fileprivate func isSame(as proposal: Offer.Proposal) -> Bool {
        reward == proposal.reward && cap == proposal.cap && currency == proposal.currency
            && validFrom == proposal.validFrom && validUntil == proposal.validUntil
            && regions == proposal.regions
    }
}
