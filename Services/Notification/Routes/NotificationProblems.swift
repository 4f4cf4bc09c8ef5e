internal import HTTP
internal import ServiceKit

extension ProblemSlug {
    static let emailRequired = ProblemSlug(
        "email-required", 422, "E-mail about this cannot be switched off")
    static let recipientErased = ProblemSlug("recipient-erased", 409, "This account is erased")
}

extension Notification.Refusal: ProblemConvertible {
    var problem: Problem {
        switch self {
        case .notFound: ProblemSlug.notFound.problem()
        }
    }
}

extension Recipient.Refusal: ProblemConvertible {
    var problem: Problem {
        switch self {
        case .erased: ProblemSlug.recipientErased.problem()
        case .unknownType(let index):
            .bodyFault("/items/\(index)/type", "is no type of notification")
        case .typeTwice(let index): .bodyFault("/items/\(index)/type", "is there twice")
        case .emailRequired(let index, let type):
            ProblemSlug.emailRequired.problem(
                "Messages about \(type) keep your account and your money safe.",
                errors: [Problem.FieldFault("/items/\(index)/email", "must be true")])
        case .emailOnly(let index, let type):
            .bodyFault(
                "/items/\(index)",
                "\(type) is sent by e-mail alone: in_app and live must be false")
        }
    }
}
