/// The files of the templates, built into the program.
enum TemplateSources {
    static let layout = text(PackageResources.layout_mail)

    static let all: [String: String] = [
        "welcome": text(PackageResources.welcome_mail),
        "order_paid": text(PackageResources.order_paid_mail),
        "order_fulfilled": text(PackageResources.order_fulfilled_mail),
        "order_cancelled": text(PackageResources.order_cancelled_mail),
        "order_refunded": text(PackageResources.order_refunded_mail),
        "checkout_failed": text(PackageResources.checkout_failed_mail),
        "cashback_pending": text(PackageResources.cashback_pending_mail),
        "cashback_credited": text(PackageResources.cashback_credited_mail),
        "cashback_declined": text(PackageResources.cashback_declined_mail),
        "cashback_clawed_back": text(PackageResources.cashback_clawed_back_mail),
        "withdrawal_requested": text(PackageResources.withdrawal_requested_mail),
        "withdrawal_approved": text(PackageResources.withdrawal_approved_mail),
        "withdrawal_rejected": text(PackageResources.withdrawal_rejected_mail),
        "withdrawal_paid": text(PackageResources.withdrawal_paid_mail),
        "withdrawal_failed": text(PackageResources.withdrawal_failed_mail),
        "deposit_settled": text(PackageResources.deposit_settled_mail),
        "new_offers": text(PackageResources.new_offers_mail),
        "referral_joined": text(PackageResources.referral_joined_mail),
        "email_verification": text(PackageResources.email_verification_mail),
        "account_exists": text(PackageResources.account_exists_mail),
    ]

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
