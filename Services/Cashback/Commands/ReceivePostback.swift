internal import Crypto
internal import EventStore
internal import EventTypes
internal import Runtime

/// Takes a network's word about a sale: from that network, once for each version.
struct ReceivePostback: Sendable {
    let store: any EventStore
    let clock: any WallClock
    let signer: ClickSigner
    let keys: NetworkKeys

    struct Receipt: Codable, Sendable {
        let conversionID: ConversionID
        /// Nil when this version was known.
        let outcome: PostbackOutcome?
    }

    func callAsFunction(
        _ submission: PostbackSubmission, from network: String, _ context: CommandContext
    ) async throws -> Committed<Receipt> {
        let now = clock.now()
        return try await store.commit(context) { unit in
            guard let settings = try await unit.load(Network.self, network).configured else {
                throw CashbackError.networkUnknown
            }
            guard isAuthentic(submission, settings) else { throw CashbackError.notFromNetwork }
            let postback = try PostbackReader(network: network, mapping: settings.mapping).read(
                submission.fields, source: .postback,
                raw: submission.raw(hiding: settings.secretField), receivedAt: now,
                click: signer.click)
            let events = try await SaleRecording.record(postback, at: now, in: unit)
            return Receipt(
                conversionID: SaleRecording.conversion(network, postback.actionID),
                outcome: events.outcome)
        }
    }

    /// Both checks are made, whatever the first one says.
    private func isAuthentic(
        _ submission: PostbackSubmission, _ settings: NetworkConfigured
    ) -> Bool {
        let field = settings.secretField ?? ConfigureNetwork.secretField
        let given = Digest.sha256(Array((submission.only(field) ?? "").utf8))
        let expected = Hex.decode(settings.secretDigest) ?? []
        let hasSecret = constantTimeEqual(given, expected)
        guard let header = settings.signatureHeader else { return hasSecret }
        guard let key = keys[settings.network] else { return false }
        let isSigned = constantTimeEqual(
            submission.signature(in: header) ?? [],
            HMAC.sha256(key: key, message: submission.signedBytes))
        return hasSecret && isSigned
    }
}
