import strawberry

from schema.accounts.app_mutations import AppMutations
from schema.accounts.auth_mutations import AuthMutations
from schema.accounts.avatar_mutations import AvatarMutations
from schema.accounts.customer_mutations import CustomerMutations
from schema.accounts.external_mutations import ExternalMutations
from schema.accounts.profile_mutations import ProfileMutations
from schema.accounts.staff_mutations import StaffMutations


@strawberry.type
class AccountsMutations(
    AuthMutations, ExternalMutations, ProfileMutations, CustomerMutations, StaffMutations, AppMutations, AvatarMutations
):
    pass
