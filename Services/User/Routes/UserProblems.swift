internal import HTTP
internal import ServiceKit

extension ProblemSlug {
    static let wrongCredentials = ProblemSlug(
        "wrong-credentials", 401, "The address, the password or both are wrong")
    static let tokenRefused = ProblemSlug(
        "refresh-token-refused", 401, "The refresh token is not valid any more")
    static let wrongCode = ProblemSlug(
        "wrong-code", 422, "The code is wrong, used up or out of date")
}

extension SignIn.Refusal: ProblemConvertible {
    var problem: Problem {
        var problem =
            switch self {
            case .wrongCredentials: ProblemSlug.wrongCredentials.problem()
            case .tokenRefused: ProblemSlug.tokenRefused.problem("Sign in again.")
            }
        problem.headers.set("WWW-Authenticate", "Bearer realm=\"souk\"")
        return problem
    }
}

extension Person.Refusal: ProblemConvertible {
    var problem: Problem {
        switch self {
        case .unknown, .erased: ProblemSlug.notFound.problem()
        case .ownRoles: ProblemSlug.forbidden.problem("Nobody changes their own roles.")
        case .lastRole: Problem.bodyFault("/roles", "must name at least one role")
        case .unknownLevel: Problem.bodyFault("/level", "must be a whole number from 0 to 3")
        case .alreadyRegistered, .alreadyVerified, .noCode, .codeExpired, .codeUsedUp:
            ProblemSlug.wrongCode.problem()
        }
    }
}

extension PasswordRules.Fault {
    /// What is wrong with the password, as the end of a sentence.
    var sentence: String {
        switch self {
        case .tooShort: "must have at least \(PasswordRules.least) characters"
        case .tooLong: "must have at most \(PasswordRules.most) characters"
        case .common: "is among the commonly used passwords"
        case .containsOwnName: "consists mostly of your own name"
        }
    }
}
