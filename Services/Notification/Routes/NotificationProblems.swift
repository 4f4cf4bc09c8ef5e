internal import HTTP
internal import ServiceKit

extension ProblemSlug {
    static let emailRequired = ProblemSlug(
        "email-required", 422, "E-mail about this cannot be switched off")
    static let messageCertain = ProblemSlug(
        "message-certain", 409, "Only a message whose outcome nobody knows is sent again")
    static let messageExpired = ProblemSlug(
        "message-expired", 409, "What the message says is not true any more")
    static let recipientErased = ProblemSlug("recipient-erased", 409, "This account is erased")
}

extension EmailMessage.Refusal: ProblemConvertible {
    var problem: Problem {
        switch self {
        case .unknown: ProblemSlug.notFound.problem()
        case .certain(let phase):
            ProblemSlug.messageCertain.problem("The message is \(phase.rawValue).")
        case .expired: ProblemSlug.messageExpired.problem("Another code can be asked for.")
        case .notWaiting, .notYours: ProblemSlug.unexpected.problem()
        }
    }
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
