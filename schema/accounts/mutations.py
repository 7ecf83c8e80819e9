import strawberry

from schema.accounts.app_mutations import AppMutations
from schema.accounts.auth_mutations import AuthMutations
from schema.accounts.profile_mutations import ProfileMutations
from schema.accounts.staff_mutations import StaffMutations


@strawberry.type
class AccountsMutations(AuthMutations, ProfileMutations, StaffMutations, AppMutations):
    pass
