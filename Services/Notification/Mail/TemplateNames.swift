/// The templates that there must be, and what each may say.
enum TemplateNames {
    /// What other services ask for by name.
    static let requested: [String: Set<String>] = [
        "email_verification": ["code"],
        "account_exists": [],
    ]

    static let all: [String] =
        NotificationType.allCases.map(\.rawValue) + requested.keys.sorted()

    static func values(of name: String) -> Set<String> {
        if let values = requested[name] { return values }
        return NotificationType(rawValue: name)?.values ?? []
    }
}

extension NotificationType {
    /// What its texts may say; whoever raises one gives all of them.
    var values: Set<String> {
        switch self {
        case .welcome, .newOffers, .referralJoined: []
        case .orderPaid: ["order_id", "total", "items"]
        case .orderFulfilled: ["order_id"]
        case .orderCancelled: ["order_id", "reason"]
        case .orderRefunded: ["order_id", "amount", "refunded_total"]
        case .checkoutFailed: ["reason"]
        case .cashbackPending: ["amount", "sale"]
        case .cashbackCredited: ["amount"]
        case .cashbackDeclined: ["reason"]
        case .cashbackClawedBack: ["amount", "reason"]
        case .withdrawalRequested, .withdrawalApproved, .withdrawalPaid:
            ["amount", "withdrawal_id"]
        case .withdrawalRejected, .withdrawalFailed: ["amount", "withdrawal_id", "reason"]
        case .depositSettled: ["amount"]
        }
    }
}
