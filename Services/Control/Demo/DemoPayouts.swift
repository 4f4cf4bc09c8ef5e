internal import EventTypes
internal import HTTP
internal import JSON

/// Takes the money out: customers ask for all they have, finance approves.
struct DemoPayouts: Sendable {
    let client: DemoClient
    let finance: DemoSession
    let run: String

    /// The books of the wallet.
    struct Totals: Sendable {
        let credited: Int64
        let clawedBack: Int64
        let paidOut: Int64
        let sum: Int64
        /// What purchases brought the platform.
        let settlement: Int64
        /// What is set aside for purchases and payouts.
        let held: Int64
    }

    /// - Throws: `DemoFailure`.
    func totals() async throws -> Totals {
        var request = DemoClient.Request(.get, "/api/v1/wallet/totals?currency=USD")
        request.session = finance
        let answer = try await client.send(request)
        return Totals(
            credited: try answer.integer("cashback_credited_minor"),
            clawedBack: try answer.integer("clawed_back_minor"),
            paidOut: try answer.integer("paid_out_minor"), sum: try answer.integer("sum_minor"),
            settlement: Self.balance(of: "settlement", in: answer),
            held: Self.balance(of: "held", in: answer))
    }

    private static func balance(of purpose: String, in answer: DemoAnswer) -> Int64 {
        (answer.body["purposes"]?.array ?? []).first { $0["purpose"]?.string == purpose }?[
            "balance_minor"]?.integer ?? 0
    }

    /// Asks for everything, and has it approved by somebody else.
    func withdraw(_ customer: DemoPlan.Customer, _ session: DemoSession) async throws {
        var request = try DemoClient.Request(
            .post, "/api/v1/wallet/withdrawals",
            json: [
                "amount": [
                    "amount_minor": .integer(customer.cashback.minorUnits), "currency": "USD",
                ],
                "destination": [
                    "kind": "sandbox", "value": .string("\(run)-\(customer.number)"),
                ],
            ], by: session)
        request.key = "\(run)-withdrawal-\(customer.number)"
        // The wallet may not have heard yet how well the customer is known.
        request.passing = [403, 409, 422]
        let id = try await client.send(request).text("id")
        var approval = DemoClient.Request(
            .post, "/api/v1/wallet/review/withdrawals/\(id)/approve")
        approval.session = finance
        approval.key = "\(run)-approval-\(customer.number)"
        _ = try await client.send(approval)
    }
}
