"""Tasks under /api/v1/: the scopes, filters and forms of the pages."""

from django.core.exceptions import PermissionDenied, ValidationError
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from offenders.amend_api import AmendableViewSet
from offenders.models import Involvement, Offender
from offenders.steps import StepsField, step_action, written
from partners.frame.api import checked

from .models import Task
from .task_filters import TaskFilter
from .task_forms import TASK_FORMS, TaskForm
from .task_views import TaskList, tasks


class TaskSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="offender.__str__", read_only=True)
    is_overdue = serializers.BooleanField(read_only=True)
    about = serializers.CharField(source="url", read_only=True, help_text="The page of what it comes of.")

    class Meta:
        model = Task
        fields = [
            "id", "offender", "name", "matter", "kind", "category", "text", "owner", "due_on", "status", "is_overdue",
            "snoozed_until", "snoozed_why", "snoozes", "done_on", "done_by", "why", "about", "made_by", "recorded_at",
        ]  # fmt: skip


class TaskWithSteps(TaskSerializer):
    steps = StepsField()

    class Meta(TaskSerializer.Meta):
        fields = [*TaskSerializer.Meta.fields, "steps"]


class TaskViewSet(AmendableViewSet):
    """Tasks, the first due first. POST gives someone one; POST {id}/{verb}/ takes a step."""

    permission_required = "referrals.view_task"
    verb = "task"
    filterset_class = TaskFilter
    orders = TaskList.orders
    apart = ("steps", "is_overdue")

    def scope(self):
        return tasks(self.request.user)

    @property
    def serializer_class(self):
        return TaskSerializer if self.action == "list" else TaskWithSteps

    @extend_schema(request=OpenApiTypes.OBJECT)
    def create(self, request):
        user, answers = request.user, dict(request.data) if isinstance(request.data, dict) else {}
        matter = answers.pop("matter", None)
        theirs = Involvement.objects.open_to(user).filter(user.mine())
        try:
            person = Offender.objects.worked_by(user).get(pk__in=theirs.filter(matter=matter).values("offender"))
        except (Offender.DoesNotExist, ValidationError):
            raise ValidationError({"matter": "Give the id of a referral or case that your team works on."}) from None
        if not user.has_perm("referrals.add_task"):
            raise PermissionDenied("You may not give anyone a task.")
        task = written(checked(TaskForm(answers, record=person, user=user, matter=matter)).write)
        row = self.get_queryset().filter(pk=task.pk).first() or task
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    step = step_action(Task, TASK_FORMS, operation_id="tasks_step", request=OpenApiTypes.OBJECT)


ROUTES = [("tasks", TaskViewSet, "task")]
